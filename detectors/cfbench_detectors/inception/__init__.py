"""Inception v3 in the form of FID: the network, the ways of resizing, and the detector that offers both."""

from cfbench_detectors.inception.extractor import Inception2015

__all__ = ["Inception2015"]
