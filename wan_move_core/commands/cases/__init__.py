"""The cases of wan-move generate and bench: run one after another (run), by whom (turns), each led by what it names
(lead); MoveBench's measured in the same way (scores).

Part of the commands; may know what they know.
"""

SEVERAL = """\
Under torchrun the cases are dealt out one at a time: a slow GPU makes fewer, none waits for it. With --max-restarts a
process that dies costs the clip that it had in hand; it is started again, the others go on meanwhile. More machines
write into one shared folder: start the same command on each with --nnodes=2 --rdzv-backend=c10d
--rdzv-endpoint=FIRST_MACHINE:29400; one that comes later starts it for itself and takes what nobody has in hand.
"""
