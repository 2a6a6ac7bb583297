//! Examples in both languages, and the help in Chinese.

/// A sentence in English and in Chinese.
type Pair = (&'static str, &'static str);

/// Command lines, and what each is for, by subcommand; those of the program itself first.
pub const EXAMPLES: &[(&str, &[(&str, Pair)])] = &[
    (
        "",
        &[
            (
                "rnn-tui --paused",
                (
                    "the first lesson; s takes one step, space lets training run, ? shows all keys",
                    "第一课；s 走一步，空格开始训练，? 列出所有按键",
                ),
            ),
            (
                "rnn-tui --corpus my-text.txt --run runs/mine",
                ("learn a text of your own, and keep the run", "学习您自己的文本，并保存这次训练"),
            ),
        ],
    ),
    (
        "predict",
        &[
            ("rnn-tui predict runs/words \"there was\"", ("the word that follows", "接下来的词")),
            (
                "rnn-tui predict runs/words --json --top 3 < prompts.txt",
                ("the three most probable words for each line, as JSON", "每行最可能的三个词，JSON 格式"),
            ),
        ],
    ),
    (
        "evaluate",
        &[
            (
                "rnn-tui evaluate runs/words",
                ("the best checkpoint on the run's validation text", "最好的检查点在验证文本上的结果"),
            ),
            (
                "rnn-tui evaluate runs/words --corpus other.txt --json",
                ("on another text, as JSON", "在另一个文本上的结果，JSON 格式"),
            ),
        ],
    ),
    (
        "replay",
        &[
            ("rnn-tui replay runs/words", ("see training again; t plays it from its start", "重看训练；t 从头播放")),
            (
                "rnn-tui replay runs/words --record lesson.cast",
                ("record it for asciinema", "录制下来，用 asciinema 播放"),
            ),
        ],
    ),
    (
        "export",
        &[
            ("rnn-tui export runs/words", ("pictures and tables of the last checkpoint", "最后一个检查点的图片和表格")),
            (
                "rnn-tui export runs/words --step 300 --to slides",
                ("as it was after 300 steps, into the folder slides", "第 300 步时的样子，写入文件夹 slides"),
            ),
        ],
    ),
    (
        "scaling",
        &[
            ("rnn-tui scaling duel", ("the cost of a step of four networks", "四个网络每步的开销")),
            (
                "rnn-tui scaling characters --longest 128",
                ("windows of up to 128 characters only", "窗口最长 128 个字符"),
            ),
        ],
    ),
    (
        "serve",
        &[
            (
                "rnn-tui serve duel --listen 0.0.0.0:2222",
                (
                    "a class that students join by ssh, with the password on your screen",
                    "学生用 ssh 加入的课堂，密码显示在您的屏幕上",
                ),
            ),
            ("rnn-tui serve toy-en --local", ("for other terminals of this machine only", "只供本机的其他终端")),
        ],
    ),
    (
        "attach",
        &[
            ("rnn-tui attach --as anna", ("take part as anna", "以 anna 的名字参加")),
            (
                "rnn-tui attach --teacher",
                ("teach the class that `serve --detach` holds", "主持由 `serve --detach` 打开的课堂"),
            ),
        ],
    ),
    (
        "list",
        &[
            ("rnn-tui list", ("all configurations and texts", "所有配置和文本")),
            ("rnn-tui list duel > my-duel.toml", ("a file of your own to change", "得到一份可以修改的文件")),
        ],
    ),
    (
        "config",
        &[
            ("rnn-tui config schedule", ("what can be said of the schedule", "学习率计划的所有键")),
            (
                "rnn-tui config --schema > schema.json",
                (
                    "for an editor, with `#:schema ./schema.json` in a configuration",
                    "供编辑器使用，配置中写 `#:schema ./schema.json`",
                ),
            ),
        ],
    ),
    (
        "completions",
        &[
            (
                "rnn-tui completions bash > ~/.local/share/bash-completion/completions/rnn-tui",
                ("for bash", "用于 bash"),
            ),
            ("rnn-tui completions fish > ~/.config/fish/completions/rnn-tui.fish", ("for fish", "用于 fish")),
        ],
    ),
];

/// What clap puts around the help.
pub const STRUCTURE: &[Pair] = &[
    ("Usage:", "用法："),
    ("用法： ", "用法："),
    ("用法：\u{1b}[0m ", "用法：\u{1b}[0m"),
    ("[OPTIONS]", "[选项]"),
    ("[CONFIG]", "[配置]"),
    ("[COMMAND]", "[命令]"),
    ("<COMMAND>", "<命令>"),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("[default: ", "[默认："),
    ("[possible values: ", "[可选值："),
    ("Possible values:", "可选值："),
    ("Print this message or the help of the given subcommand(s)", "显示本帮助或子命令的帮助"),
    ("Print help (see more with '--help')", "显示帮助（`--help` 更详细）"),
    ("Print help (see a summary with '-h')", "显示帮助（`-h` 为摘要）"),
    ("Print help", "显示帮助"),
    ("Print version", "显示版本"),
];

/// The help of every command and option.
pub const CHINESE: &[Pair] = &[
    (
        "--generate draws only from the K most probable words [default: from all]",
        "--generate 只从最可能的 K 个词中抽取 [默认：全部]",
    ),
    (
        "--generate draws only from the most probable words that together have this probability [default: from all]",
        "--generate 只从合计达到此概率的最可能的词中抽取 [默认：全部]",
    ),
    ("A JSON object", "输出一个 JSON 对象"),
    ("A JSON object a line", "每行输出一个 JSON 对象"),
    (
        "A test text: its loss and perplexity are reported once, at the end of training",
        "测试文本：训练结束时报告一次其损失和困惑度",
    ),
    (
        "After training, print the word that follows these words; in the dashboard, ask from the start (repeatable)",
        "训练后输出这些词之后的词；在界面中则一开始就提问（可重复）",
    ),
    ("Another number of training steps than the configuration's", "训练步数，代替配置中的值"),
    ("Another seed than the configuration's", "随机种子，代替配置中的值"),
    (
        "Another text than the configuration's: a file, a folder of texts, `-` for standard input (repeatable, in order)",
        "文本，代替配置中的文本：文件、文本文件夹，`-` 表示标准输入（可重复，按顺序）",
    ),
    (
        "Another text: a file, a folder of texts, `-` for standard input (repeatable, in order)",
        "另一个文本：文件、文本文件夹，`-` 表示标准输入（可重复，按顺序）",
    ),
    (
        "Another value for a key of the configuration, such as model.hidden=8 (repeatable)",
        "配置中某个键的另一个值，例如 model.hidden=8（可重复）",
    ),
    (
        "Leave out a key of the configuration, or all keys of a section, such as training.schedule (repeatable; with --set in the order given)",
        "去掉配置中的某个键，或一节的所有键，例如 training.schedule（可重复；与 --set 按给出的顺序）",
    ),
    ("Lists the keys of a configuration, or prints its JSON Schema", "列出配置的键，或输出其 JSON Schema"),
    (
        "Print the JSON Schema, from which an editor completes and checks configuration files",
        "输出 JSON Schema，编辑器据此补全和检查配置文件",
    ),
    ("Only keys with this in their paths, such as schedule", "只列出路径中含有此文字的键，例如 schedule"),
    ("Answers prompts from a checkpoint of a run, or continues them", "用训练的检查点回答提示，或续写"),
    (
        "Begin with the weights of a PyTorch module, a safetensors file",
        "从 PyTorch 模块的权重开始，一个 safetensors 文件",
    ),
    ("Class", "课堂"),
    (
        "Colours of the dashboard [default: those that the terminal has; none if `NO_COLOR` is set]",
        "界面的颜色 [默认：终端所有的颜色；设置了 `NO_COLOR` 则无颜色]",
    ),
    ("Columns of the screen", "屏幕的列数"),
    (
        "Draw the dashboard with letters and signs of a keyboard only (words of the corpus stay as they are)",
        "只用键盘上的字符绘制界面（语料中的词不变）",
    ),
    (
        "End sessions in which nobody has typed for so long; the teacher's own terminal and the projector go on",
        "结束这么久没有输入的会话；教师自己的终端和投影不受影响",
    ),
    (
        "Go on with the run that is kept in this folder, as if it had never stopped",
        "继续保存在此文件夹中的训练，如同从未停止",
    ),
    (
        "Hold the class in the background, without this terminal: `rnn-tui attach --teacher` leads it, and `q` there ends it",
        "在后台开设课堂，不占用此终端：用 `rnn-tui attach --teacher` 主持，在其中按 `q` 结束",
    ),
    (
        "How --generate chooses a word: below 1 the probable ones more often, 0 always the most probable",
        "--generate 如何选词：小于 1 更常选可能的词，0 总选最可能的词",
    ),
    (
        "How many columns arrows, quotation marks and the like take in the terminal: narrow 1, wide 2 [default: the terminal is asked]",
        "箭头、引号等在终端中占几列：narrow 为 1，wide 为 2 [默认：询问终端]",
    ),
    ("How many may be in the class at once", "课堂最多同时有多少人"),
    (
        "The maximum number of concurrent sessions per person (per key or per name)",
        "同一人（密钥或名字相同）最多同时有几个会话",
    ),
    (
        "How many words are told, the most probable first [default: 1, with --json 5]",
        "列出多少个词，最可能的在前 [默认：1，用 --json 时为 5]",
    ),
    (
        "In which encoding that text is [default: UTF-8, or what a byte order mark says]",
        "该文本的编码 [默认：UTF-8，或按字节顺序标记]",
    ),
    (
        "In which encoding the texts are, such as gb18030 or windows-1252 [default: UTF-8, or what a byte order mark says]",
        "文本的编码，例如 gb18030 或 windows-1252 [默认：UTF-8，或按字节顺序标记]",
    ),
    (
        "Keep the run in this folder: checkpoints, metrics, what it takes to go on",
        "把训练保存在此文件夹：检查点、指标以及继续训练所需的一切",
    ),
    ("Let accounts of the socket's group attach, not this one alone", "允许套接字所属组的账户加入，而不仅是本账户"),
    ("Let everybody in who reaches the port", "允许任何能连到端口的人进入"),
    (
        "Let in who has a private key of this file, which is like OpenSSH's [default: who knows the password on the teacher's screen]",
        "允许持有此文件中私钥的人进入，格式同 OpenSSH [默认：知道教师屏幕上密码的人]",
    ),
    (
        "Let tables begin with a byte order mark, by which Excel knows that they are in UTF-8",
        "表格以字节顺序标记开头，Excel 由此得知是 UTF-8",
    ),
    ("Let the dashboard wait for a key before the first step", "界面在第一步之前等待按键"),
    (
        "Let those teach who have a private key of this file: `ssh -p 2222 teacher@ADDRESS`",
        "允许持有此文件中私钥的人授课：`ssh -p 2222 teacher@ADDRESS`",
    ),
    (
        "Lists the configurations that the program has inside, or prints one of them",
        "列出程序内置的配置，或输出其中一个",
    ),
    ("Looks", "外观"),
    ("Looks at a class that `rnn-tui serve` holds on this machine", "加入本机上由 `rnn-tui serve` 开设的课堂"),
    (
        "Looks at a class that `rnn-tui serve` holds on this machine\n\nExit codes: 0 after leaving or when the class is over, 1 when it did not let somebody in or has gone without a goodbye, 2 when there is none, 128 + n ended by signal n.",
        "加入本机上由 `rnn-tui serve` 开设的课堂\n\n退出码：0 离开或课堂结束，1 未获准进入或课堂突然消失，2 没有课堂，128 + n 被信号 n 结束。",
    ),
    (
        "Measures what a training step takes on this machine: time and memory against the length of the window, time against threads, each beside its formula",
        "测量本机上一步训练的开销：时间和内存随窗口长度、时间随线程数的变化，并与公式对照",
    ),
    ("Only windows of at most this many words", "只测不超过这么多词的窗口"),
    ("Open no port: the class is for `rnn-tui attach` alone", "不打开端口：课堂只供 `rnn-tui attach` 加入"),
    (
        "Print the bytes of a step of this run, counted from 0, with this window, and stop",
        "输出这个运行（从 0 数起）以此窗口走一步所用的字节数后退出",
    ),
    ("Print the complete configuration in force and stop", "输出生效的完整配置后退出"),
    ("Print the fingerprint of that key, as clients show it, and stop", "输出该密钥的指纹（与客户端所示相同）后退出"),
    (
        "Print this one as it is, with its comments: a configuration such as duel, or a text such as built-in:toy.txt",
        "原样输出这一个（含注释）：配置如 duel，文本如 built-in:toy.txt",
    ),
    ("Prints a script by which a shell completes the command line of rnn-tui", "输出 shell 补全 rnn-tui 命令行的脚本"),
    ("Questions", "提问"),
    ("Record the dashboard in this file, an asciicast that asciinema plays", "把界面录制到此文件，可用 asciinema 播放"),
    (
        "Record the session of everybody who comes in this folder, as asciicasts; everybody is told so",
        "把每位来者的会话录制到此文件夹（asciicast）；会告知每个人",
    ),
    ("Rows of the screen", "屏幕的行数"),
    ("Runs", "训练的保存"),
    (
        "Show the run that is kept in this folder behind this one, as a curve and in the table of attempts (repeatable)",
        "在此训练之后显示保存在此文件夹中的训练：曲线和对比表（可重复）",
    ),
    (
        "Show this text to everybody before they log in, such as the rules of an IT department",
        "登录前向每个人显示此文本，例如信息部门的规定",
    ),
    ("Shows training again, from the last checkpoint of a run", "从训练的最后一个检查点重看训练"),
    (
        "Teach: with the keys of training, and those of the class (for the account that has opened it)",
        "授课：可用训练和课堂的按键（限开设课堂的账户）",
    ),
    (
        "Tells how well the best model of a run does on its validation text, or on another text",
        "报告训练中最好的模型在其验证文本或另一文本上的表现",
    ),
    ("Texts", "文本"),
    (
        "The checkpoint after this many steps [default: the best one, without validations the last]",
        "这么多步之后的检查点 [默认：最好的一个，没有验证则为最后一个]",
    ),
    ("The checkpoint with the best validation, which is the default", "验证最好的检查点，即默认值"),
    (
        "The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: a lesson of three sentences in the language of the interface; with --corpus, settings for the length of the text]",
        "配置：TOML 文件，或 `rnn-tui list` 列出的名称 [默认：界面语言的三个句子的课；用 --corpus 时为适合文本长度的设置]",
    ),
    (
        "The configuration: a TOML file, or the name of one that `rnn-tui list` shows [default: toy]",
        "配置：TOML 文件，或 `rnn-tui list` 列出的名称 [默认：toy]",
    ),
    ("The folder", "文件夹"),
    ("The folder of the run", "训练的文件夹"),
    (
        "The key by which clients know this machine again; made if it is not there [default: ~/.local/state/rnn-tui/host_ed25519]",
        "客户端据以认出本机的密钥；没有则新建 [默认：~/.local/state/rnn-tui/host_ed25519]",
    ),
    (
        "The language of the interface and of this help [default: that of the locale, or English]",
        "界面和本帮助的语言 [默认：区域设置的语言，或英语]",
    ),
    ("The last checkpoint", "最后一个检查点"),
    (
        "The model as it was after this many steps, or at the last moment before that is kept [default: as it was last]",
        "这么多步之后（或之前最近保存的时刻）的模型 [默认：最后的模型]",
    ),
    ("The name that the teacher sees [default: that of this account]", "教师看到的名字 [默认：本账户的名字]"),
    ("The shell", "shell 的名称"),
    (
        "Train one more run side by side with this one, on the same batches, with other values for these keys (repeatable)",
        "并排多训练一个运行：批次相同，这些键的值不同（可重复）",
    ),
    ("Training", "训练"),
    (
        "Trains a recurrent language model while a dashboard shows what it learns",
        "训练循环语言模型，同时用界面显示它学到了什么",
    ),
    (
        "Trains a recurrent language model while a dashboard shows what it learns.\n\nExit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 3 done, but not all of it is kept on disk, 128 + n ended by signal n.",
        "训练循环语言模型，同时用界面显示它学到了什么。\n\n退出码：0 完成，1 训练失败，2 配置或命令行有误，3 完成但没有全部保存到磁盘，128 + n 被信号 n 结束。",
    ),
    ("Trains, and lets a class look, each with a dashboard of their own", "训练并让全班观看，每人有自己的界面"),
    (
        "Trains, and lets a class look, each with a dashboard of their own\n\nEverybody in the class asks, pins and goes back in time for themselves; training and its keys are those of this terminal, and of who teaches from elsewhere. When this terminal is lost, the class goes on.",
        "训练并让全班观看，每人有自己的界面\n\n课堂中每个人各自提问、固定提示、回看过去；训练及其按键属于此终端以及在别处授课的人。此终端断开后课堂继续。",
    ),
    ("What --detach starts", "--detach 启动的程序"),
    (
        "What the terminal writes on [default: what `COLORFGBG` or the terminal itself says, or dark]",
        "终端的背景 [默认：按 `COLORFGBG` 或终端自己的回答，否则为 dark]",
    ),
    ("What to ask [default: each line of stdin]", "要问什么 [默认：标准输入的每一行]"),
    ("What to ask for the pictures [default: the run's first prompt]", "图片中问什么 [默认：训练的第一个提示]"),
    (
        "Where `rnn-tui attach` finds the class [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]",
        "`rnn-tui attach` 在哪里找到课堂 [默认：$XDG_RUNTIME_DIR/rnn-tui/class.sock]",
    ),
    (
        "Where `ssh` finds the class; 0.0.0.0:2222 lets the network in [default: 127.0.0.1:2222]",
        "`ssh` 在哪里找到课堂；0.0.0.0:2222 允许网络进入 [默认：127.0.0.1:2222]",
    ),
    (
        "Where the class is [default: $XDG_RUNTIME_DIR/rnn-tui/class.sock]",
        "课堂在哪里 [默认：$XDG_RUNTIME_DIR/rnn-tui/class.sock]",
    ),
    (
        "Where the files go [default: export/step-N in the folder of the run]",
        "文件写到哪里 [默认：训练文件夹中的 export/step-N]",
    ),
    (
        "Without a dashboard: a line every 1000 steps (of long runs fewer), or every 30 seconds (always so if stdout is not a terminal)",
        "不用界面：每 1000 步输出一行（长训练则更少），较慢时每 30 秒一行（标准输出不是终端时总是如此）",
    ),
    (
        "Continue the prompts (or the first prompt of the run) by this many words, and show no dashboard",
        "不用界面：把提示（或训练的第一个提示）续写这么多词",
    ),
    (
        "Words that the file of --weights does not know begin anew, instead of being refused",
        "--weights 的文件不认识的词重新开始，而不是拒绝",
    ),
    ("Write over files that are in that folder already", "覆盖该文件夹中已有的文件"),
    ("Write what is asked to the file of --log, too; everybody is told so", "把提问也写入 --log 的文件；会告知每个人"),
    (
        "Write who came, when, from where and how it ended to this file, as comma-separated values",
        "把谁、何时、从哪里来、如何结束写入此文件（CSV）",
    ),
    (
        "Writes pictures (SVG) and tables (CSV) of a run that is kept, as it was at its last checkpoint",
        "写出已保存训练的图片（SVG）和表格（CSV），以最后一个检查点为准",
    ),
    ("Writes the pages of the manual into a folder", "把手册页写入文件夹"),
    ("ssh", "ssh"),
];
