"""The FCM fake that the demo uses too; it lives with the synthetic hospital."""

from mobile_hrp.synthetic.providers.faults import FaultKind, ScriptedFault
from mobile_hrp.synthetic.providers.fcm import PROJECT, FakeFcm

__all__ = ["PROJECT", "FakeFcm", "FaultKind", "ScriptedFault"]
