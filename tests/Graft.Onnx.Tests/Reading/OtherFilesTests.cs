using Graft.Networks;
using Graft.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Files of other programs that are too large to be kept here: GRAFT_ONNX_FILES names a folder of them.</summary>
public class OtherFilesTests(ITestOutputHelper output)
{
    private const string Folder = "GRAFT_ONNX_FILES";

    /// <summary>What is read gives the first label of ONNX Runtime, and its probabilities to 1e-4; what is not is refused by name.</summary>
    [Fact]
    public void OnnxRuntimeComputesTheSame()
    {
        string? folder = Environment.GetEnvironmentVariable(Folder);
        Assert.SkipWhen(folder is null, $"{Folder} names no folder with ONNX files of classifiers.");
        List<string> wrong = [];
        foreach (string path in Directory.EnumerateFiles(folder!, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string said;
            try
            {
                Model model = OnnxImporter.Import(path).Model;
                double worst = Compare(path, model, out bool isSameLabel);
                said = $"{(isSameLabel ? "the same" : "ANOTHER")} label, {worst:0.0e0}, {model.Network.Graph.Outputs[^1].Name}";
                if (!isSameLabel || !(worst < 1e-4)) wrong.Add(path);
            }
            catch (OnnxException e)
            {
                said = e.Message;
            }

            output.WriteLine($"{Path.GetFileName(path)}\t{said}");
        }

        Assert.Empty(wrong);
    }

    private static double Compare(string path, Model model, out bool isSameLabel)
    {
        NetworkInput input = model.Network.Graph.Inputs[0];
        Tensor image = OnnxFile.Image(input, 1, 2);
        using SessionOptions options = new() { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession session = new(path, options);
        bool isLast = session.InputMetadata.Values.First().Dimensions[^1] == input.Channels && session.InputMetadata.Values.First().Dimensions[1] != input.Channels;
        (float[] data, Shape shape) = isLast ? (image.Span.ToArray(), image.Shape) : OnnxFile.ToNchw(image);
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(data, [.. shape.Select(extent => (long)extent)]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [session.InputNames[0]], [value], session.OutputNames);
        float[] expected = results[0].GetTensorDataAsSpan<float>().ToArray(), actual = [.. OnnxFile.Reference(model, image)[model.Network.Graph.Outputs[^1].Name].Span];
        isSameLabel = Array.IndexOf(expected, expected.Max()) == Array.IndexOf(actual, actual.Max());
        (double[] first, double[] second) = (Probabilities(expected), Probabilities(actual));
        return first.Zip(second).Max(pair => Math.Abs(pair.First - pair.Second));
    }

    // Numbers that are probabilities already stay as they are.
    private static double[] Probabilities(float[] numbers)
    {
        if (numbers.All(number => number is >= 0 and <= 1) && Math.Abs(numbers.Sum() - 1) < 1e-3) return [.. numbers];
        double largest = numbers.Max(), sum = numbers.Sum(number => Math.Exp(number - largest));
        return [.. numbers.Select(number => Math.Exp(number - largest) / sum)];
    }
}
