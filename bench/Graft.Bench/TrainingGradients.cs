using System.Globalization;
using System.Text.Json;
using Graft.Activations;
using Graft.Formats;
using Graft.Operations;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.Loading;

namespace Graft.Bench;

/// <summary>Every gradient of a whole MobileNetV2 in train mode, and the first losses, beside torch's in float64 and in float32 (peers/torch_gradients.py).</summary>
internal static class TrainingGradients
{
    public static int Run(Arguments arguments)
    {
        TensorFile file = Safetensors.Read(arguments.Text("reference", "gradients.safetensors"));
        string Setting(string name) => file.Metadata[name];
        double[] losses64 = JsonSerializer.Deserialize<double[]>(Setting("losses64"))!;
        TrainingPrecision precision = Enum.Parse<TrainingPrecision>(arguments.Text("precision", "float32"), ignoreCase: true);
        bool isNarrow = precision == TrainingPrecision.BFloat16;
        string theirs = isNarrow ? "torch autocast" : "torch float32";
        double[][] losses32 = JsonSerializer.Deserialize<double[][]>(Setting(isNarrow ? "losses16" : "losses32"))!;
        ActivationFunction activation = ActivationFunction.Find(Setting("activation")) ?? throw new ArgumentException($"There is no activation '{Setting("activation")}'.");
        using TrainingRun run = new(
            file.Tensors, Number(Setting("width")), (int)Number(Setting("batch")), arguments.Number("threads", 2), arguments.Number("recompute", 0) != 0, activation, precision);

        List<Row> rows = [];
        double[] losses = new double[losses64.Length];
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = run.Gradients(step);
            if (step == 0) rows.AddRange(run.Plan.Weights.Select(weight => Row.Of(weight, file.Tensors, isNarrow ? "e16" : "e32")));
            run.Update(Number(Setting("rate")));
        }

        // A shift that a batch norm removes again has no gradient but rounding: nothing to be relative to.
        double floor = 1e-10 * rows.Max(row => row.Norm);
        Row[] compared = [.. rows.Where(row => row.Norm > floor)], zero = [.. rows.Where(row => row.Norm <= floor)];
        string Spread(Func<Row, double> error)
        {
            Statistics errors = Statistics.Of(compared.Select(row => error(row) / row.Norm));
            return string.Create(CultureInfo.InvariantCulture, $"{errors.Median:0.0e+0} and {errors.Maximum:0.0e+0}");
        }

        Print($"{"gradient",-32} {"norm",9} {"graft",9} {"torch",9} {"worst",9}");
        foreach (Row row in compared.Concat(zero))
        {
            double unit = row.Norm > floor ? row.Norm : 1;
            Print($"{row.Name,-32} {row.Norm,9:0.0e+0} {row.Ours / unit,9:0.00e+0} {row.Theirs / unit,9:0.00e+0} {row.Worst / unit,9:0.00e+0}{Mark(row)}{(unit == 1 ? " (norms)" : "")}");
        }

        Print($"||g - g64|| / ||g64||, median and largest: graft {Spread(r => r.Ours)}; {theirs} {Spread(r => r.Theirs)}; the worst of such runs {Spread(r => r.Worst)}");
        Print($"farther from float64 than {theirs}: {compared.Count(r => r.Ours > r.Theirs)} of {compared.Length} (*); than the worst run: {compared.Count(r => r.Ours > r.Worst)} (**)");
        Print($"{"step",4} {"float64",13} {"graft - it",12} {"torch's runs - it",12}");
        for (int i = 0; i < losses.Length; i++)
            Print($"{i,4} {losses64[i],13:0.000000000} {losses[i] - losses64[i],12:0.0e+0} {string.Join(' ', losses32.Select(run => string.Create(CultureInfo.InvariantCulture, $"{run[i] - losses64[i],12:0.0e+0}")))}");
        return 0;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static string Mark(Row row) => row.Ours > row.Worst ? " **" : row.Ours > row.Theirs ? " *" : "";

    /// <summary>The norm of a gradient in float64, and of the differences from it: ours, torch's float32, and the worst of its float32 runs.</summary>
    private sealed record Row(string Name, double Norm, double Ours, double Theirs, double Worst)
    {
        public static Row Of(TrainedWeight weight, IReadOnlyDictionary<string, Tensor> tensors, string errors)
        {
            ReadOnlySpan<float> exact = tensors[$"g64.{weight.Name}"].Span, ours = weight.Gradient.Span, theirs = tensors[$"{errors}.{weight.Name}"].Span;
            double norm = 0, error = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                double difference = (double)ours[i] - exact[i];
                norm += (double)exact[i] * exact[i];
                error += difference * difference;
            }

            float worst = 0;
            foreach (float other in theirs) worst = Math.Max(worst, other);
            return new Row(weight.Name, Math.Sqrt(norm), Math.Sqrt(error), theirs[0], worst);
        }
    }
}
