"""Teaching: from what people correct to what reads for everybody, and back."""
