using Graft.Cli.Commands.Classifying;
using Graft.Cli.Output;
using Graft.Vision.Quantization;
using Graft.Vision.Tasks;
using Spectre.Console;

namespace Graft.Cli.Commands.Quantizing;

/// <summary>What a quantization came to: the quantized model beside the model.</summary>
/// <param name="Path">The file that was written.</param>
/// <param name="Result">The result.</param>
/// <param name="FloatBytes">The size of the model's file.</param>
/// <param name="Ms">What an image takes on one thread, in milliseconds.</param>
/// <param name="FloatMs">What the model takes.</param>
internal sealed record QuantizeOutput(string Path, QuantizationResult Result, long FloatBytes, double Ms, double FloatMs)
{
    /// <summary>Measures both models.</summary>
    public static QuantizeOutput Of(Terminal terminal, QuantizationResult result, string path, string name, Model model, CancellationToken cancel)
    {
        double[] milliseconds = terminal.Track("Measuring the speed", progress => InferenceTiming.SideBySide([result.Model.Network, model.Network], progress, cancel));
        return new QuantizeOutput(path, result, File.Exists(name) ? OutputFile.Bytes(name) : Saved(model), milliseconds[0], milliseconds[1]);
    }

    /// <summary>The result as data for JSON.</summary>
    public Dictionary<string, object?> Data()
    {
        Dictionary<string, object?> data = new() { ["model"] = Path, ["agreement"] = Result.Agreement };
        if (Result.CalibratedAgreement is { } before) data["calibrated_agreement"] = before;
        data["val_images"] = Result.HeldOutImages;
        data["calibration_images"] = Result.CalibrationImages;
        if (Result.Judgement is { } now && Result.FloatJudgement is { } was) (data[now.ScoreName], data[$"float_{was.ScoreName}"]) = (now.Score, was.Score);
        (data["bytes"], data["float_bytes"], data["ms"], data["float_ms"]) = (OutputFile.Bytes(Path), FloatBytes, Ms, FloatMs);
        data["float_layers"] = Result.FloatLayers;
        data["layers"] = Result.Layers.Select(layer => new { layer.Name, ErrorDb = Math.Round(layer.Decibels, 2), layer.Damage, Float = layer.IsFloat });
        data["skipped"] = Result.Skipped.Select(image => new { image.Path, image.Reason });
        return data;
    }

    /// <summary>Shows the result to people.</summary>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="isJudgedByOthers">Whether the images to judge by are none of those to learn from.</param>
    public void Show(Terminal terminal, bool isJudgedByOthers)
    {
        Quality.ShowSkipped(terminal, Result.Skipped, []);
        Table layers = new Table().Border(TableBorder.Simple).AddColumns("layer", "").AddColumns(Tables.Number("error, dB"), Tables.Number("alone, % of variance"));
        foreach (LayerError layer in Result.Layers)
            layers.AddRow(Tables.Cell(layer.Name), layer.IsFloat ? "float" : "", $"{layer.Decibels:0.0}", layer.Damage is { } damage ? $"{100 * damage:0.000}" : "");
        terminal.Show(layers);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumns(Tables.Number("quantized"), Tables.Number("float"));
        if (Result is { Judgement: { } now, FloatJudgement: { } before })
        {
            ScoreKind kind = ScoreKind.Of(now.ScoreName);
            table.AddRow(kind.Title, kind.Text(now.Score), kind.Text(before.Score));
        }

        table.AddRow("MB", $"{OutputFile.Bytes(Path) / 1e6:0.0}", $"{FloatBytes / 1e6:0.0}");
        table.AddRow("ms, one thread", $"{Ms:0.00}", $"{FloatMs:0.00}");
        terminal.Show(table);
        if (Result.Agreement is not { } agreement)
        {
            terminal.Warn("No image was left to judge by, so nothing says how much the quantized model says what the model said. That takes two images, or --val.");
            return;
        }

        terminal.Print($"Agreement with the model {Tables.Percent(agreement)} on {Amount.Of(Result.HeldOutImages, "image")}{(Result.CalibratedAgreement is { } calibrated ? $", {Tables.Percent(calibrated)} before the training" : "")}.");
        if (Result.CalibratedAgreement > agreement) terminal.Warn("After the training it is less than before: leave --finetune out, or train with more images or --epochs.");
        if (!isJudgedByOthers && Result.Judgement is not null) terminal.Note("These images are a part of those that were given: the model may have learned from them, and be better on them than on others. Judge by others with --val.");
    }

    private static long Saved(Model model)
    {
        using MemoryStream stream = new();
        model.Save(stream);
        return stream.Length;
    }
}
