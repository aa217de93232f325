// Copy of wan_move_core/motion/checks/checks.json, for pages that are served without it: npm run checks writes it, a test keeps them equal.

/** @type {import('./rule.mjs').Rule[]} */
export const CHECKS = [
  {
    "id": "wrong_length",
    "severity": "error",
    "title": "Wrong length",
    "text": "The motion is {frames} frames long, the video needs {expected} (lengths are 4k+1: 1, 5, 9, ... 81).",
    "fix": "Retime to the nearest valid length",
    "fixable": true,
    "zh": {
      "title": "长度不对",
      "text": "运动有 {frames} 帧，视频需要 {expected} 帧（长度为 4k+1：1、5、9……81）。",
      "fix": "改为最接近的有效长度"
    }
  },
  {
    "id": "size_mismatch",
    "severity": "error",
    "title": "Wrong size",
    "text": "The motion is drawn for {size} px, the video needs {expected} px.",
    "fix": "Scale to the video's size",
    "fixable": true,
    "zh": {
      "title": "尺寸不对",
      "text": "运动按 {size} 像素绘制，视频需要 {expected} 像素。",
      "fix": "缩放到视频的尺寸"
    }
  },
  {
    "id": "hidden_at_start",
    "severity": "error",
    "title": "Hidden at the first frame",
    "text": "{who} is hidden at frame 0. The model copies what it finds there in the first picture, so this track moves nothing.",
    "fix": "Show it at the first frame",
    "fixable": true,
    "zh": {
      "title": "第一帧被隐藏",
      "text": "{who} 在第 0 帧被隐藏。模型会复制它在第一张图片中那里看到的内容，因此这条轨迹什么也带不动。",
      "fix": "在第一帧显示它"
    }
  },
  {
    "id": "outside_at_start",
    "severity": "error",
    "title": "Starts outside the picture",
    "text": "{who} starts outside the picture, where there is nothing to move: it moves nothing.",
    "fix": "Move the track so that it starts inside",
    "fixable": true,
    "zh": {
      "title": "从画面外开始",
      "text": "{who} 从画面外开始，那里没有可移动的内容：它什么也带不动。",
      "fix": "移动轨迹，使其从画面内开始"
    }
  },
  {
    "id": "on_border",
    "severity": "warning",
    "title": "Exactly on the border",
    "text": "{who} lies exactly on the right or bottom border in {count} {count:frame|frames}, first at frame {frame}: that is outside for every reader.",
    "fix": "Move it onto the last pixel",
    "fixable": true,
    "zh": {
      "title": "正好在边缘上",
      "text": "{who} 有 {count} 帧正好在右边缘或下边缘上，最早在第 {frame} 帧：对任何读取者来说那都在画面外。",
      "fix": "移到最后一个像素上"
    }
  },
  {
    "id": "leaves_picture",
    "severity": "warning",
    "title": "Leaves the picture",
    "text": "{who} is outside the picture in {count} {count:frame|frames}, first at frame {frame}: nothing guides it there.",
    "fix": "Keep it inside",
    "fixable": true,
    "zh": {
      "title": "离开画面",
      "text": "{who} 有 {count} 帧在画面外，最早在第 {frame} 帧：在那里没有任何引导。",
      "fix": "保持在画面内"
    }
  },
  {
    "id": "between_samples",
    "severity": "warning",
    "title": "Seen only between latent steps",
    "text": "{who} is visible from frame {frame} for so short a time that the model, which reads every 4th frame, never sees it ({count} {count:time|times}).",
    "fix": "Show it up to the nearest 4th frame",
    "fixable": true,
    "stride": 4,
    "zh": {
      "title": "只在潜空间步之间可见",
      "text": "{who} 从第 {frame} 帧起可见的时间太短，而模型每 4 帧读取一次，从来看不到它（{count} 次）。",
      "fix": "显示到最近的第 4 帧"
    }
  },
  {
    "id": "jumps",
    "severity": "warning",
    "title": "Very fast",
    "text": "{who} moves up to {cells} cells in one latent step (4 frames), first before frame {frame}; above {threshold} the model tends to lose it.",
    "fix": "Even out its speed over the clip",
    "fixable": true,
    "threshold": 16,
    "zh": {
      "title": "非常快",
      "text": "{who} 在一个潜空间步（4 帧）内最多移动 {cells} 个单元，最早在第 {frame} 帧之前；超过 {threshold} 时模型往往会跟丢。",
      "fix": "让速度在整个片段中均匀"
    }
  },
  {
    "id": "shares_cell",
    "severity": "warning",
    "title": "Two tracks in one cell",
    "text": "{who} is in the same latent cell as {other} at {count} latent {count:step|steps}, first at frame {frame}; {other} is in front and wins.",
    "fix": "Hide it where the other wins",
    "fixable": true,
    "zh": {
      "title": "两条轨迹在同一单元",
      "text": "{who} 有 {count} 个潜空间步与 {other} 在同一个潜空间单元，最早在第 {frame} 帧；{other} 在前面并取胜。",
      "fix": "在对方取胜处隐藏它"
    }
  },
  {
    "id": "no_anchors",
    "severity": "warning",
    "title": "Nothing holds still",
    "text": "{count} {count:point moves|points move} and none holds still: the whole picture may drift along.",
    "fix": "Hold the rest",
    "fixable": true,
    "moving_cells": 1,
    "spacing_cells": 6,
    "margin_cells": 3,
    "zh": {
      "title": "没有任何固定点",
      "text": "{count} 个点在移动，没有一个固定：整个画面可能会跟着漂移。",
      "fix": "固定其余部分"
    }
  },
  {
    "id": "few_points",
    "severity": "info",
    "title": "Few points on the subject",
    "text": "{who} is guided by {count} {count:point|points}; a subject usually needs {threshold} or more to move as a whole.",
    "fix": "Add points around it",
    "fixable": true,
    "threshold": 3,
    "radius_cells": 8,
    "moving_cells": 1,
    "region_threshold": 4,
    "zh": {
      "title": "主体上的点太少",
      "text": "{who} 由 {count} 个点引导；一个主体通常需要 {threshold} 个或更多才能整体移动。",
      "fix": "在周围添加点"
    }
  },
  {
    "id": "lone_point",
    "severity": "warning",
    "title": "One point on something larger",
    "text": "{who} is one point on something larger that nothing sets apart: how much goes with it is left to the model. A region around the thing says it.",
    "fix": "Move the whole thing around it",
    "fixable": true,
    "threshold": 8,
    "moving_cells": 1,
    "zh": {
      "title": "大物体上只有一个点",
      "text": "{who} 是一个更大物体上的单独一点，没有任何界线将其分开：有多少部分会跟着移动由模型决定。围绕该物体画一个区域即可说明。",
      "fix": "移动它周围的整个物体"
    }
  },
  {
    "id": "cut_by_frame",
    "severity": "warning",
    "title": "Cut by the frame's edge",
    "text": "{who} moves a thing that the frame's edge cuts away from that edge, first seen at frame {frame}: what lies beyond the edge has to be invented.",
    "fix": "Keep it at the edge",
    "fixable": true,
    "threshold": 4,
    "moving_cells": 2,
    "zh": {
      "title": "被画面边缘切断",
      "text": "{who} 把一个被画面边缘切断的物体移离该边缘，最早在第 {frame} 帧可见：边缘之外的部分只能凭空生成。",
      "fix": "让它留在边缘"
    }
  },
  {
    "id": "still_in_way",
    "severity": "warning",
    "title": "Still points on what moves",
    "text": "{count} still {count:point|points} of {who} {count:lies|lie} on something that moves, or where it passes, first at frame {frame}: the same place is told to stay and to go.",
    "fix": "Remove those points",
    "fixable": true,
    "zh": {
      "title": "移动物体上有固定点",
      "text": "{who} 有 {count} 个固定点位于移动的物体上或它经过的地方，最早在第 {frame} 帧：同一处既要固定又要移动。",
      "fix": "移除这些点"
    }
  },
  {
    "id": "many_tracks",
    "severity": "warning",
    "title": "Many tracks",
    "text": "{count} tracks outside regions; the model was trained with at most {threshold} at a time. Take fewer: a wider spacing of the still points, fewer tracks of a file.",
    "fix": "Thin them out",
    "fixable": false,
    "threshold": 200,
    "zh": {
      "title": "轨迹太多",
      "text": "区域之外有 {count} 条轨迹；模型训练时每次最多 {threshold} 条。请减少：加大固定点的间距，或减少文件中的轨迹。",
      "fix": "减少轨迹"
    }
  },
  {
    "id": "slides",
    "severity": "info",
    "title": "Slides along",
    "text": "{count} points carry a thing along that neither turns nor changes: it may slide like a cut-out. In the prompt, name its own motion (it walks, its wheels turn) and what stays still; do not describe the path that is drawn.",
    "fix": "Say it in the prompt",
    "fixable": false,
    "threshold": 9,
    "moving_cells": 4,
    "same_cells": 0.25,
    "zh": {
      "title": "整体滑动",
      "text": "{count} 个点带着一个既不转动也不变化的物体移动：它可能像剪纸一样滑过。请在提示词中写出它自身的动作（行走、车轮转动）以及哪些内容静止；不要描述已画出的路径。",
      "fix": "写进提示词"
    }
  }
];
