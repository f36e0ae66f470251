"""What all reports share: the document's structs, formats, tables, texts."""
