window.theme = 'of the package';
