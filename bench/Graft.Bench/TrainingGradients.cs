using System.Globalization;
using System.Text.Json;
using Graft.Formats;
using Graft.Networks.Layers;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Bench;

/// <summary>Every gradient of a whole MobileNetV2 in train mode, and the first losses, beside torch's in float64 and in float32 (peers/torch_gradients.py).</summary>
internal static class TrainingGradients
{
    public static int Run(Arguments arguments)
    {
        TensorFile file = Safetensors.Read(arguments.Text("reference", "gradients.safetensors"));
        string Setting(string name) => file.Metadata[name];
        double[] losses64 = JsonSerializer.Deserialize<double[]>(Setting("losses64"))!, losses32 = JsonSerializer.Deserialize<double[]>(Setting("losses32"))!;
        ActivationFunction activation = Enum.Parse<ActivationFunction>(Setting("activation"), ignoreCase: true);
        using TrainingRun run = new(
            file.Tensors, Number(Setting("width")), (int)Number(Setting("batch")), arguments.Number("threads", 2), arguments.Number("recompute", 0) != 0, activation);

        List<Row> rows = [];
        double[] losses = new double[losses64.Length];
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = run.Gradients(step);
            if (step == 0) rows.AddRange(run.Plan.Weights.Select(weight => Row.Of(weight, file.Tensors)));
            run.Update(Number(Setting("rate")));
        }

        // A shift that a batch norm removes again has no gradient but rounding: nothing to be relative to.
        double floor = 1e-10 * rows.Max(row => row.Norm);
        Row[] compared = [.. rows.Where(row => row.Norm > floor)], zero = [.. rows.Where(row => row.Norm <= floor)];
        Console.WriteLine($"{"gradient",-36} {"norm",10} {"graft",10} {"float32",10}");
        foreach (Row row in compared) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name,-36} {row.Norm,10:0.00e+0} {row.Ours / row.Norm,10:0.00e+0} {row.Theirs / row.Norm,10:0.00e+0}{(row.Ours > row.Theirs ? " *" : "")}"));
        foreach (Row row in zero) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Name,-36} {"0",10} {row.Ours,10:0.00e+0} {row.Theirs,10:0.00e+0}{(row.Ours > row.Theirs ? " *" : "")} (norms)"));
        Console.WriteLine($"||g - g64|| / ||g64||: median {Median(compared, r => r.Ours):0.00e+0}, worst {compared.Max(r => r.Ours / r.Norm):0.00e+0}; torch float32: median {Median(compared, r => r.Theirs):0.00e+0}, worst {compared.Max(r => r.Theirs / r.Norm):0.00e+0}");
        Console.WriteLine($"tensors farther from float64 than torch's float32: {rows.Count(r => r.Ours > r.Theirs)} of {rows.Count}");
        Console.WriteLine($"{"step",4} {"float64",14} {"graft - it",12} {"float32 - it",12}");
        for (int i = 0; i < losses.Length; i++) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i,4} {losses64[i],14:0.0000000000} {losses[i] - losses64[i],12:0.0e+0} {losses32[i] - losses64[i],12:0.0e+0}"));
        return 0;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double Median(Row[] rows, Func<Row, double> error) => Statistics.Of(rows.Select(row => error(row) / row.Norm)).Median;

    /// <summary>The norm of a gradient in float64, and of the differences of ours and of torch's float32 from it.</summary>
    private sealed record Row(string Name, double Norm, double Ours, double Theirs)
    {
        public static Row Of(TrainedWeight weight, IReadOnlyDictionary<string, Tensor> tensors)
        {
            ReadOnlySpan<float> exact = tensors[$"g64.{weight.Name}"].Span, theirs = tensors[$"g32.{weight.Name}"].Span, ours = weight.Gradient.Span;
            double norm = 0, ourError = 0, theirError = 0;
            for (int i = 0; i < exact.Length; i++)
            {
                norm += (double)exact[i] * exact[i];
                ourError += ((double)ours[i] - exact[i]) * ((double)ours[i] - exact[i]);
                theirError += ((double)theirs[i] - exact[i]) * ((double)theirs[i] - exact[i]);
            }

            return new Row(weight.Name, Math.Sqrt(norm), Math.Sqrt(ourError), Math.Sqrt(theirError));
        }
    }
}
