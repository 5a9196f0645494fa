using System.Runtime.InteropServices;
using System.Text.Json;
using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Onnx;
using Graft.Tensors;

namespace Graft.Bench;

/// <summary>Compares an imported network's features and logits with those that bench/peers/tm_features.py or bench/compare_logits.py computed with torch on the same pixels.</summary>
internal static class TrunkFeatures
{
    private const double Tolerance = 1e-4;

    public static int Run(Arguments arguments)
    {
        string reference = arguments.Text("reference", "features.json");
        string export = arguments.Text("export", ".");
        Model model = export.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? OnnxImporter.Import(export).Model : WeightImporter.Import(export).Model;
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(reference));
        Shape shape = Shape.Create([.. document.RootElement.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())]);
        Tensor pixels = new(shape, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes($"{reference}.pixels")));
        IReadOnlyDictionary<string, Tensor> slow = ReferencePlan.Run(model.Network, new Dictionary<string, Tensor> { ["image"] = pixels });
        bool isClose = true;
        foreach (string name in new[] { ClassifierHead.Features, ClassifierHead.Logits })
        {
            if (!document.RootElement.TryGetProperty(name, out JsonElement values) || values.ValueKind == JsonValueKind.Null) continue;
            float[] expected = [.. values.EnumerateArray().Select(e => e.GetSingle())];
            using InferenceSession session = InferencePlan.Compile(model.Network, new InferenceOptions { Outputs = [name] }).CreateSession();
            session.Run(pixels.Span, shape[0]);
            foreach ((string plan, float[] actual) in new[] { ("scalar reference", slow[name].Span.ToArray()), ("inference plan", session.Output(name).ToArray()) })
            {
                double apart = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max() / expected.Max(v => Math.Abs((double)v));
                isClose &= actual.Length == expected.Length && apart <= Tolerance;
                Console.WriteLine(FormattableString.Invariant($"{name}, {plan}: max|a-b| / max|b| = {apart:0.0e+0} over {actual.Length} values"));
            }
        }

        return isClose ? 0 : 1;
    }
}
