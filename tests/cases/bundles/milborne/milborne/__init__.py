from milborne._answer import answer


def main():
    print(f"milborne answers {answer()}")
