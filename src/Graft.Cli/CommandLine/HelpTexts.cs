namespace Graft.Cli.CommandLine;

/// <summary>What <c>--help</c> says beyond the descriptions of commands, arguments and options.</summary>
internal static class HelpTexts
{
    /// <summary>Lines to type, by the command's name.</summary>
    public static IReadOnlyDictionary<string, string[]> Examples { get; } = new Dictionary<string, string[]>
    {
        ["graft"] = ["graft train sample:flowers", "graft train my-images --out my.graft", "graft predict my.graft some-image.jpg", "graft forecast table.csv --target sales --horizon 28"],
        ["graft train"] =
        [
            "graft train sample:flowers", "graft train my-images --out my.graft", "graft train my-images --mode readout", "graft train my-images --trunk timm/mobilenetv2_100.ra_in1k", "graft train my-images --val other-images --epochs 20 --augment strong",
            "graft train list.csv --task multilabel", "graft train houses.csv --label-column price --task regress", "graft train --resume last",
        ],
        ["graft distill"] = ["graft distill teacher.graft my-images --student mobilenetv2_035 --out student.graft", "graft distill teacher.graft my-images --also another.graft --out student.graft", "graft distill --resume last"],
        ["graft prune"] = ["graft prune my.graft --images my-images --multiply-adds 0.7 --out pruned.graft", "graft prune my.graft --images my-images --milliseconds 3", "graft prune --resume last"],
        ["graft quantize"] = ["graft quantize my.graft --images my-images --out my-int8.graft", "graft quantize my.graft --images my-images --val held-out-images --finetune --out my-int8.graft", "graft quantize --resume last"],
        ["graft adapt"] = ["graft adapt my.graft images-of-the-place --out adapted.graft", "graft adapt my.graft images-of-the-place --out adapted.graft --mix 1"],
        ["graft compare"] = ["graft compare student.graft teacher.graft my-images"],
        ["graft check"] = ["graft check my-images --out check.html", "graft check my-images --val other-images --list leave-out.csv", "graft check my-images --json"],
        ["graft split"] = ["graft split my-images --out split", "graft split my-images --out split --holdout 0.3 --copy"],
        ["graft evaluate"] = ["graft evaluate my.graft held-out-images", "graft evaluate my.graft held-out-images --json", "graft evaluate my.graft list.csv"],
        ["graft predict"] = ["graft predict my.graft some-image.jpg", "graft predict my.graft *.jpg --top 1", "graft predict my.graft folder/**/*.jpg --json", "graft predict my.graft list.csv --out-table predictions.csv", "graft predict my.graft camera --sort-into sorted"],
        ["graft models"] = ["graft models", "graft models builtin", "graft models timm/mobilenetv2_100.ra_in1k"],
        ["graft inspect"] = ["graft inspect my.graft", "graft inspect mobilenetv2_100 --json", "graft inspect timm/mobilenetv2_100.ra_in1k"],
        ["graft import"] = ["graft import mobilenet_v2.safetensors --out trunk.graft", "graft import teachable-machine-export --out trunk.graft", "graft import mobilenet_v2_quant.tflite --out trunk.graft --weights float", "graft import model.keras --out trunk.graft", "graft import timm/resnet50.a1_in1k --out trunk.graft"],
        ["graft export"] = ["graft export my.graft --out my.onnx", "graft export my.graft --out my.onnx --raw-pixels --channels-last", "graft export my.graft --out web", "graft export my.graft --out my.safetensors --names timm"],
        ["graft bench"] = ["graft bench my.graft", "graft bench mobilenetv2_100 --threads 1 --batch 8"],
        ["graft runs"] = ["graft runs", "graft runs --json"],
        ["graft runs show"] = ["graft runs show last", "graft runs show 3 --plot curves.svg"],
        ["graft runs compare"] = ["graft runs compare 2 3"],
        ["graft runs remove"] = ["graft runs remove 3 --yes"],
        ["graft style"] = ["graft sample styles --out styles", "graft style train --style styles/waves.png sample:flowers --out waves.graft", "graft style apply waves.graft some-image.jpg --out styled.png"],
        ["graft style train"] = ["graft style train --style painting.jpg my-images --out painting.graft", "graft style train --style folder-of-paintings my-images --out any.graft"],
        ["graft style apply"] = ["graft style apply painting.graft some-image.jpg --out styled.png", "graft style apply any.graft *.jpg --style painting.jpg --out styled"],
        ["graft forecast"] =
        [
            "graft forecast shop.csv --target visitors --horizon 28 --plot shop.png", "graft forecast shop.csv --target visitors --known holiday --out shop.graft",
            "graft forecast new-rows.csv --model shop.graft",
        ],
        ["graft reservoir"] = ["graft reservoir search shop.csv --target visitors"],
        ["graft reservoir search"] = ["graft reservoir search shop.csv --target visitors --trials 60 --out shop.graft --plot search.png"],
        ["graft sample"] = ["graft sample flowers --out flowers", "graft sample styles --out styles", "graft sample series --out shop.csv"],
        ["graft sample flowers"] = ["graft sample flowers --out flowers", "graft sample flowers --out flowers --images 40"],
        ["graft sample flowers-plain"] = ["graft sample flowers-plain --out flowers-plain"],
        ["graft sample flowers-mixed"] = ["graft sample flowers-mixed --out flowers-mixed"],
        ["graft sample styles"] = ["graft sample styles --out styles"],
        ["graft sample series"] = ["graft sample series --out shop.csv", "graft sample series --kind lorenz --steps 3000 --out lorenz.csv"],
    };

    /// <summary>Options that belong together, by the command's name; those that are named nowhere stand at the end.</summary>
    public static IReadOnlyDictionary<string, (string Title, string[] Options)[]> Groups { get; } = new Dictionary<string, (string Title, string[] Options)[]>
    {
        ["graft train"] =
        [
            ("What is trained", ["--trunk", "--mode", "--norm", "--unfreeze", "--statistics", "--resolution"]),
            ("A list", ["--task", "--path-column", "--label-column", "--split-column", "--group-column", "--decimal", "--exclude"]),
            ("Judging", ["--val", "--holdout", "--folds", "--tta", "--patience"]),
            ("Learning", ["--epochs", "--batch", "--lr", "--optimizer", "--loss", "--augment", "--mixup", "--appearance", "--class-weights", "--sampling", "--precision", "--seed"]),
            ("The readout", ["--readout", "--penalty", "--penalty-folds"]),
            ("What is written", ["--out", "--runs", "--resume", "--no-report", "--json"]),
            ("The machine", ["--threads", "--memory", "--cache", "--max-megapixels", "--any-size"]),
        ],
        ["graft check"] =
        [
            ("A list", ["--task", "--path-column", "--label-column", "--split-column", "--group-column", "--decimal", "--exclude"]),
            ("What is compared", ["--val", "--trunk"]),
            ("What is written", ["--out", "--list", "--json"]),
            ("The machine", ["--threads", "--any-size"]),
        ],
        ["graft distill"] =
        [
            ("What is trained", ["--also", "--also-weight", "--student", "--inherit", "--features-only", "--resolution"]),
            ("Learning", ["--epochs", "--batch", "--lr", "--guided", "--small", "--small-resolution", "--settled", "--appearance", "--holdout", "--precision", "--seed"]),
            ("What is written", ["--out", "--store", "--runs", "--resume", "--json"]),
            ("The machine", ["--threads", "--max-megapixels", "--any-size"]),
        ],
        ["graft prune"] =
        [
            ("What is taken away", ["--images", "--multiply-adds", "--milliseconds", "--score"]),
            ("Judging", ["--val", "--holdout"]),
            ("Learning", ["--epochs", "--batch", "--lr", "--teacher", "--statistics", "--precision", "--seed"]),
            ("What is written", ["--out", "--store", "--runs", "--resume", "--json"]),
            ("The machine", ["--threads", "--max-megapixels", "--any-size"]),
        ],
        ["graft quantize"] =
        [
            ("The images", ["--images", "--val", "--holdout", "--calibration-images"]),
            ("What is rounded, and how", ["--ranges", "--per-tensor", "--whole-weights", "--no-equalize", "--no-correct", "--float-layers", "--seed"]),
            ("Learning", ["--finetune", "--epochs", "--batch", "--lr", "--precision"]),
            ("What is written", ["--out", "--runs", "--resume", "--json"]),
            ("The machine", ["--threads", "--max-megapixels", "--any-size"]),
        ],
        ["graft forecast"] =
        [
            ("The table", ["--target", "--inputs", "--known", "--time", "--dates", "--decimal", "--season", "--rows"]),
            ("The forecast", ["--horizon", "--coverage", "--test", "--model", "--seed"]),
            ("What is written", ["--plot", "--out", "--out-table", "--json"]),
            ("The machine", ["--threads"]),
        ],
        ["graft style train"] =
        [
            ("The style", ["--style", "--statistics", "--style-size", "--style-weight", "--trunk"]),
            ("The generator", ["--norm", "--width"]),
            ("Learning", ["--steps", "--batch", "--size", "--precision", "--seed"]),
            ("What is written", ["--out", "--runs", "--resume", "--json"]),
            ("The machine", ["--threads", "--any-size"]),
        ],
    };
}
