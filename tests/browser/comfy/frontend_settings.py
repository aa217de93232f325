"""Settings of ComfyUI's frontend for tests: no greeting, no news, no warnings, and nothing that lies over the graph."""

from __future__ import annotations

SETTINGS = {
    "Comfy.TutorialCompleted": True,
    "Comfy.Workflow.ShowMissingNodesWarning": False,
    "Comfy.Workflow.ShowMissingModelsWarning": False,
    "Comfy.InstalledVersion": "1.30.0",
    "Comfy.Release.Status": "what's new seen",
    "Comfy.VueNodes.AutoScaleLayout": False,
    "Comfy.Minimap.Visible": False,
    "Comfy.Graph.CanvasInfo": False,
}
