"""Our own clip art, drawn by code: the background and one drawing for each of CoDraw's 126 pictures."""

from cfbench.worlds.park.art.gallery import BACKGROUND_SIZE, SPRITE_NAMES, background, draw_sprite

__all__ = ["BACKGROUND_SIZE", "SPRITE_NAMES", "background", "draw_sprite"]
