using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using Microsoft.ML.OnnxRuntime;
using InferenceSession = Microsoft.ML.OnnxRuntime.InferenceSession;

namespace Graft.Onnx.Tests;

/// <summary>Writes models, runs what was written in ONNX Runtime, and compares with the reference.</summary>
internal static class OnnxFile
{
    public static byte[] Export(Model model, OnnxExportOptions? options = null)
    {
        using MemoryStream stream = new();
        OnnxExporter.Export(model, stream, options);
        return stream.ToArray();
    }

    public static OnnxImport Import(byte[] file, OnnxImportOptions? options = null) => OnnxImporter.Import(new MemoryStream(file), "hand.onnx", options);

    /// <summary>A model of one operation on an image of 3 channels.</summary>
    public static Model Single(Operation operation, int height, int width, bool pooled = false)
    {
        GraphBuilder builder = new("single");
        string value = builder.Input("image", height, width, 3);
        if (pooled) value = builder.Add("pool", new GlobalAveragePool(), value);
        builder.Output("result", builder.Add("layer", operation, [.. Enumerable.Repeat(value, operation.Arity)]));
        return new Model(TestNetworks.WithTestWeights(builder.Build()));
    }

    public static Tensor Image(NetworkInput input, int batch, double scale = 3) =>
        TestNumbers.UniformTensor([batch, input.Height, input.Width, input.Channels], 7, scale);

    /// <summary>Runs a file on an image <c>[batch, height, width, channels]</c>; images that come out are given in the same order.</summary>
    public static Dictionary<string, (Shape Shape, float[] Values)> Run(byte[] file, Tensor image, bool channelsLast = false, bool isPrecise = false)
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };

        // Without it, sums of products of bytes are cut off at 16 bits where a processor has no instruction for them. With it, weights that nodes share cannot be loaded.
        if (isPrecise) options.AddSessionConfigEntry("session.x64quantprecision", "1");
        using InferenceSession session = new(file, options);
        (float[] data, Shape shape) = channelsLast ? (image.Span.ToArray(), image.Shape) : ToNchw(image);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(data, [.. shape.Select(extent => (long)extent)]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [session.InputNames[0]], [input], session.OutputNames);
        return session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => Result(pair.Second, channelsLast));
    }

    /// <summary>Asserts that ONNX Runtime computes from a file what the reference computes from the model, to 1e-4, for one image and for three.</summary>
    public static void AssertSame(Model model, OnnxExportOptions? options = null, double scale = 3)
    {
        byte[] file = Export(model, options);
        foreach (int batch in (ReadOnlySpan<int>)[1, 3])
        {
            NetworkInput input = model.Network.Graph.Inputs[0];
            Tensor image = Image(input, batch, scale);
            IReadOnlyDictionary<string, Tensor> expected = Reference(model, image);
            Dictionary<string, (Shape Shape, float[] Values)> actual = Run(file, image, options?.Layout == ImageLayout.Nhwc);
            Assert.NotEmpty(actual);
            foreach ((string name, (Shape shape, float[] values)) in actual)
            {
                Assert.Equal(expected[name].Shape, shape);
                TestNumbers.AssertClose(expected[name].Span, values, 1e-4, $"{name}, batch {batch}");
            }
        }
    }

    public static IReadOnlyDictionary<string, Tensor> Reference(Model model, Tensor image) =>
        ReferencePlan.Run(model.Network, new Dictionary<string, Tensor> { [model.Network.Graph.Inputs[0].Name] = image });

    public static (float[] Data, Shape Shape) ToNchw(Tensor image)
    {
        (int n, int h, int w, int c) = (image.Shape[0], image.Shape[1], image.Shape[2], image.Shape[3]);
        float[] data = new float[image.Span.Length];
        for (int i = 0; i < data.Length; i++)
        {
            int channel = i % c, pixel = i / c;
            data[(((pixel / (h * w) * c) + channel) * h * w) + (pixel % (h * w))] = image.Span[i];
        }

        return (data, [n, c, h, w]);
    }

    private static (Shape Shape, float[] Values) Result(OrtValue value, bool channelsLast)
    {
        Shape shape = [.. value.GetTensorTypeAndShape().Shape.Select(extent => (int)extent)];
        float[] data = value.GetTensorDataAsSpan<float>().ToArray();
        if (shape.Rank != 4 || channelsLast) return (shape, data);
        (int n, int c, int h, int w) = (shape[0], shape[1], shape[2], shape[3]);
        float[] last = new float[data.Length];
        for (int i = 0; i < data.Length; i++)
        {
            int pixel = i % (h * w), channel = i / (h * w) % c, image = i / (h * w * c);
            last[(((image * h * w) + pixel) * c) + channel] = data[i];
        }

        return ([n, h, w, c], last);
    }
}
