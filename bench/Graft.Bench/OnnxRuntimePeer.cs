using Graft.Networks;
using Graft.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace Graft.Bench;

/// <summary>ONNX Runtime at its best: all graph optimizations, inputs and outputs bound once, nothing allocated by a call.</summary>
internal sealed class OnnxRuntimePeer : IDisposable
{
    private readonly InferenceSession session;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();
    private readonly OrtValue input, output;

    public OnnxRuntimePeer(Network network, int batch, int threads)
    {
        using MemoryStream file = new();
        OnnxExporter.Export(new Model(network), file);
        using SessionOptions sessionOptions = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new InferenceSession(file.ToArray(), sessionOptions);
        NetworkInput image = network.Graph.Inputs[0];
        int classes = network.Graph.OutputShape(network.Graph.Outputs[^1].Name)[1];
        input = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [batch, image.Channels, image.Height, image.Width]);
        output = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, [batch, classes]);
        binding = session.CreateIoBinding();
        binding.BindInput(session.InputNames[0], input);
        binding.BindOutput(session.OutputNames[^1], output);
    }

    /// <summary>The input <c>[batch, channels, height, width]</c>.</summary>
    public Span<float> Input => input.GetTensorMutableDataAsSpan<float>();

    /// <summary>The output of the last run.</summary>
    public ReadOnlySpan<float> Output => output.GetTensorDataAsSpan<float>();

    public void Run() => session.RunWithBinding(options, binding);

    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        output.Dispose();
        options.Dispose();
        session.Dispose();
    }
}
