"""GeNeVA: an editor that is a recurrent conditional GAN, its training, and the model that edits with its weights."""
