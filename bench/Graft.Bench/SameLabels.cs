using System.Globalization;
using Graft.Inference;
using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Bench;

/// <summary>Whether ONNX Runtime gives photographs the labels that Graft gives them, by the ONNX file that Graft writes of a model: of a quantized one both compute with bytes.</summary>
internal static class SameLabels
{
    public static int Run(Arguments arguments)
    {
        Model model = Model.Load(arguments.Text("model", "my-int8.graft"));
        string[] paths = [.. Directory.EnumerateFiles(arguments.Text("folder", "."), "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png").Order(StringComparer.Ordinal)];
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        using InferenceSession ours = InferencePlan.Compile(model.Network, new InferenceOptions { Threads = 1 }).CreateSession();
        using OnnxRuntimePeer theirs = new(model.Network, 1, 1);
        float[] image = new float[preprocessor.Length];
        int same = 0;
        double difference = 0;
        foreach (string path in paths)
        {
            using (RgbImage decoded = ImageDecoder.DecodeFile(path)) preprocessor.Apply(decoded, image);
            ours.Run(image, 1);
            InferenceVsOnnxRuntime.ToChannelsFirst(image, 1, model.Preprocessing.Resolution, theirs.Input);
            theirs.Run();
            ReadOnlySpan<float> a = ours.Output(model.Network.Graph.Outputs[^1].Name), b = theirs.Output;
            if (Largest(a) == Largest(b)) same++;
            difference += Difference(a, b);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"images": {{paths.Length}}, "same_first_label": {{(double)same / paths.Length:0.0000}}, "mean_difference_of_norm": {{difference / paths.Length:0.0e+0}}}"""));
        return 0;
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[largest]) largest = i;
        return largest;
    }

    private static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double squares = 0, norm = 0;
        for (int i = 0; i < a.Length; i++)
        {
            squares += Math.Pow(a[i] - b[i], 2);
            norm += (double)a[i] * a[i];
        }

        return Math.Sqrt(squares / norm);
    }
}
