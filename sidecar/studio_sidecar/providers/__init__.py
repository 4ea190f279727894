"""Model providers: what each must do (`base`), which there are (`registry`), and one file for each."""
