"""What the browser's tests share."""
