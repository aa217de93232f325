// 简体中文。 The same keys as the English table; a test compares them.

/** @type {Readonly<Record<string, string>>} */
export const CHINESE = Object.freeze({
  "title": "运动", "keys": "运动编辑器快捷键", "stage": "画面及其运动", "panel": "图层与属性", "done": "完成", "done.title": "保存并关闭 (Esc)",
  "clip": "{width} × {height} · {frames} 帧 · {seconds} 秒", "unnamed": "未命名", "cancel": "取消", "close": "关闭", "files": "文件",

  "tools": "工具",
  "tool.select": "选择", "tool.drag": "拖出路径", "tool.pen": "钢笔", "tool.region": "区域", "tool.anchor": "锚点", "tool.camera": "镜头",
  "tool.select.short": "选择", "tool.drag.short": "拖动", "tool.pen.short": "钢笔", "tool.region.short": "区域", "tool.anchor.short": "锚点", "tool.camera.short": "镜头",
  "tip.select": "点击或框选，拖动即可移动。再次点击可选中下层对象，双击路径可添加点。",
  "tip.drag": "从物体上按住，沿着它要走的路线拖动，手的快慢节奏会保留下来。",
  "tip.pen": "依次点击路径上的点。按 Enter 或双击结束，点击起点则闭合。",
  "tip.region": "先圈出物体，再把它拖到终点位置。",
  "tip.anchor": "点击需要保持不动的位置。",
  "tip.camera": "把黄色画框拖到镜头的终点；拖角缩放，拖上方手柄旋转。",
  "hold.rest": "固定其余部分", "hold.short": "固定其余", "hold.title": "在所有不动的地方放置锚点，让背景保持静止",
  "hold.done": "已用 {count} 个锚点固定背景。", "hold.none": "没有可固定的部分：所有内容都在运动。",

  "hint.watch": "按空格键观看效果", "hint.dragLonger": "请在物体上按住并拖动", "hint.regionMade": "现在把它拖到终点位置", "hint.polygon": "沿物体边缘依次点击，按 Enter 闭合轮廓",

  "first.drag": "从任意物体上拖动：它就会动起来。", "first.watch": "空格键：观看效果。", "first.hold": "固定其余部分：背景保持不动。", "first.close": "完成：自动保存。",
  "blank.title": "将图片拖到这里", "blank.note": "也可以不放图片直接绘制：画框即视频的可见范围。", "blank.choose": "选择图片",
  "drop.here": "拖放图片或运动文件",

  "show": "显示", "show.lines": "仅显示线条", "show.draft": "草稿：画面随运动变化", "show.latent": "潜空间视图：8 像素单元、4 帧步长",
  "show.lines.short": "线条", "show.draft.short": "草稿", "show.latent.short": "潜空间", "grid": "8 像素网格", "snap": "吸附到单元",
  "zoom.view": "显示比例", "zoom.in": "放大", "zoom.out": "缩小",

  "layers": "图层", "layer.color": "{name} 的颜色", "layer.name": "名称", "layer.hide": "停用", "layer.show": "启用", "layer.lock": "锁定", "layer.unlock": "解锁",
  "type.path": "路径", "type.anchors": "锚点", "type.region": "区域", "type.dense": "导入的轨迹",

  "props": "属性", "props.many": "已选 {count} 项", "props.start": "四步上手", "props.pick": "选中对象即可修改，或继续：",
  "position": "位置", "x.percent": "x（百分比）", "y.percent": "y（百分比）", "x.px": "x（像素）", "y.px": "y（像素）",
  "align": "对齐", "align.left": "左对齐", "align.center": "水平居中", "align.right": "右对齐", "align.top": "顶部对齐", "align.middle": "垂直居中", "align.bottom": "底部对齐",
  "act.duplicate": "复制一份", "act.mirror": "镜像", "act.hideFrom": "从播放头起隐藏", "act.delete": "删除",
  "shape": "形状", "curve": "曲线", "curve.straight": "直线", "curve.catmull-rom": "平滑", "curve.cubic": "平滑（样条）", "closed": "闭合", "path.reverse": "反转方向", "path.still": "只有一个点：保持不动。",
  "timing": "时间", "frames": "帧", "start": "运动的起始帧", "end": "运动的结束帧", "duration": "时长", "before": "之前", "after": "之后", "hold": "停留", "hide": "隐藏",
  "path.handTimed": "按手绘节奏", "path.evenSpeed": "改为匀速",
  "easing": "缓动", "easing.curve": "缓动曲线。方向键移动第一个控制点，按住 Shift 移动第二个", "easing.linear": "匀速", "easing.ease-in": "缓入", "easing.ease-out": "缓出", "easing.ease-in-out": "缓入缓出",
  "speed": "逐点速度", "speed.label": "各点的速度", "speed.at": "点 {point}：{speed} 倍", "speed.add": "设置各点的速度", "speed.even": "匀速", "speed.none": "全程速度相同。",
  "hidden": "隐藏", "hidden.add": "从播放头起隐藏", "hidden.remove": "恢复显示", "hidden.first": "隐藏起始帧", "hidden.last": "隐藏结束帧", "hidden.none": "全程可见。",
  "motion": "运动", "offset": "偏移", "offset.x": "x 偏移（百分比）", "offset.y": "y 偏移（百分比）", "rotate": "旋转", "scale": "缩放",
  "stroke": "时长", "stroke.clip": "整段视频", "stroke.hand": "按手绘时长",
  "region.mode": "绘制方式", "region.lasso": "套索", "region.brush": "画笔", "region.brushSize": "画笔大小", "region.points": "点", "density": "密度", "region.count": "{count} 个点", "region.dragIt": "用区域工具把它拖到终点位置。",
  "key.at": "第 {frame} 帧", "key.go": "跳到第 {frame} 帧的关键帧", "key.delete": "删除此关键帧",
  "dense.note": "来自文件的逐帧轨迹。可以移动、隐藏和排序，不能改变形状。",
  "camera": "镜头", "camera.note": "带动整个画面，物体随之移动。", "camera.frame": "第 {frame} 帧的镜头", "camera.clear": "移除镜头运动",
  "camera.push": "推近", "camera.pull": "拉远", "camera.left": "向左", "camera.right": "向右", "camera.up": "向上", "camera.down": "向下",
  "truck": "平移", "truck.x": "x 平移（百分比）", "truck.y": "y 平移（百分比）", "zoom": "变焦", "roll": "滚转",

  "timeline": "时间轴", "timeline.empty": "每条轨迹在这里都有一个时间条：拖动条身改变开始时间，拖动两端改变时长。", "timeline.size": "时间轴高度", "playhead": "播放头所在帧",
  "play": "播放", "pause": "暂停", "loop": "循环", "first": "第一帧", "step.back": "后退一个潜空间步", "step.forward": "前进一个潜空间步", "key.space": "空格",
  "along": "第 {frame} 帧 · {time}", "readout": "{x}, {y} 像素 · {px}, {py} %",

  "status.looking": "正在查看图片", "status.ready": "就绪", "status.empty": "还没有任何运动", "status.issue": "1 个问题", "status.issues": "{count} 个问题",
  "issues": "无法生效之处", "issues.none": "一切都会按绘制的生效。", "issues.more": "……还有 {count} 个", "issues.dropped": "有 {count} 条轨迹超出上限，未被采用。", "issue.show": "定位", "fix.all": "修复", "fix.done": "已修复。", "fix.left": "还有 {count} 个需要您决定。",

  "undo": "撤销", "redo": "重做", "undone": "已撤销：{what}", "redone": "已重做：{what}", "copied": "已复制，可粘贴到任意运动编辑器。",
  "do.anchor": "锚点", "do.align": "对齐", "do.camera": "镜头", "do.close": "闭合路径", "do.color": "颜色", "do.curve": "曲线", "do.delete": "删除", "do.deletePoint": "删除点", "do.density": "密度", "do.draw": "绘制",
  "do.duplicate": "复制", "do.easing": "缓动", "do.eye": "启用或停用", "do.fix": "修复", "do.hide": "隐藏", "do.hold": "固定其余部分", "do.import": "导入", "do.insertPoint": "插入点", "do.key": "关键帧", "do.lock": "锁定",
  "do.mirror": "镜像", "do.move": "移动", "do.moveRegion": "移动区域", "do.paste": "粘贴", "do.point": "点", "do.region": "区域", "do.rename": "重命名", "do.reorder": "排序", "do.restore": "恢复",
  "do.reverse": "反向", "do.shape": "形状", "do.speed": "速度", "do.take": "打开生成记录", "do.timing": "时间",

  "import": "导入", "import.file": "导入图片或运动文件", "import.note": "支持常见编辑器的 JSON 和 npy 轨迹，也可直接拖到画面上", "import.found": "{kind}：{count} 条轨迹或图层。", "import.unit": "坐标单位",
  "import.px": "像素", "import.norm": "0 到 1", "import.add": "添加", "import.replace": "替换当前绘制", "import.nothing": "文件中没有找到轨迹", "import.failed": "未能导入：{why}", "import.large": "{name} 超过 64 MB",
  "export.document": "运动文档", "export.documentNote": "保留全部绘制内容，可再次打开", "export.npy": "轨迹与可见性 (npy)", "export.npyNote": "像素坐标，每帧一个位置", "export.coordinates": "坐标 (JSON)",
  "export.coordinatesNote": "供其他节点包的样条编辑器使用", "export.done": "已保存 {name}",
  "draft.failed": "无法显示草稿：{why}", "gesture.failed": "撤回了这次操作，因为它失败了：{why}", "picture.failed": "{name} 无法作为图片显示", "save.failed": "未能保存：{why}",
  "autosave.restored": "已恢复页面关闭前的绘制内容。", "autosave.found": "浏览器中留有一份更新的绘制内容。", "autosave.restore": "恢复", "autosave.full": "浏览器存储空间已满：刷新会丢失改动。请关闭编辑器以保存。",
  "document.unreadable": "无法读取此绘制内容：{why}",
  "fault": "无法读取此文档", "fault.note": "文档保持原样，未作任何改动。", "fault.save": "保留副本", "fault.start": "新建绘制", "fault.startTitle": "会先保留这段文本的副本",

  "takes": "生成记录", "takes.compare": "对比两项", "takes.failed": "无法读取生成记录：{why}", "takes.loading": "正在读取……", "takes.none": "尚未用此绘制生成过内容。", "takes.noDrawing": "此记录不含绘制内容。",
  "takes.noFile": "没有文件", "takes.open": "打开其绘制", "takes.opened": "已打开该记录的绘制。", "takes.pick": "选取", "takes.seed": "种子 {seed}",
  "thumb.empty": "点击“编辑运动”，画出物体如何运动",

  "help": "快捷键", "help.tools": "工具", "help.watch": "时间", "help.view": "视图", "help.edit": "编辑", "help.touch": "触控",
  "key.play": "播放或暂停", "key.step": "一个潜空间步（4 帧）", "key.frame": "一帧", "key.ends": "第一帧与最后一帧", "key.hide": "从播放头起隐藏", "key.zoom": "以指针为中心缩放", "key.pan": "移动视图",
  "key.fit": "适合窗口", "key.grid": "网格", "key.snap": "吸附到单元", "key.show": "线条、草稿、潜空间", "key.copy": "复制和粘贴轨迹", "key.altDrag": "移动时复制", "key.nudge": "微移 1 像素（Shift：一个单元）",
  "key.all": "全选", "key.axis": "沿轴移动，或每次旋转 15°", "key.pivot": "移动区域的旋转中心", "key.insert": "在路径上插入点", "key.erase": "删除点", "key.finish": "结束路径或轮廓", "key.escape": "取消选择，再按则关闭（已保存）",
  "key.finger": "单指或触控笔操作当前工具", "key.fingers": "双指移动和缩放", "key.press": "长按删除点",

  "page.saved": "已保存", "page.tracks": "{count} 条轨迹，{frames} 帧。可以关闭此页面。", "page.again": "再次打开",
});
