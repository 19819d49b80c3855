"""The park: CoDraw's world of clip art, on a canvas of 500 x 400 pixels seen at three depths.

``classes`` names the 58 classes, ``strings`` reads and writes CoDraw's scene strings, ``scenes`` samples
scenes after the statistics of the real ones, ``dialogue`` tells how a drawer is led to them, and
``render`` draws them. Everything but ``render`` is exact on every machine.
"""
