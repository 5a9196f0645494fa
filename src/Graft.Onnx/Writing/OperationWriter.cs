using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using static Graft.Onnx.Writing.Attributes;

namespace Graft.Onnx.Writing;

/// <summary>Writes a node: the one table from Graft's operations to what writes each as ONNX's, and that of activation functions.</summary>
internal static class OperationWriter
{
    private static readonly Dictionary<Type, Action<NodeWriter>> Writers = new(
    [
        For<Conv2d>(LayerWriter.WriteConvolution),
        For<Dense>(LayerWriter.WriteDense),
        For<Pool2d>(LayerWriter.WritePool),
        For<GlobalAveragePool>(LayerWriter.WriteGlobalPool),
        For<Resize>(LayerWriter.WriteResize),
        For<Add>((node, _) => node.Finish("Add", node.Inputs)),
        For<Multiply>(LayerWriter.WriteProduct),
        For<Concat>((node, _) => node.Finish("Concat", node.Inputs, Int("axis", 1))),
        For<Activation>(WriteActivation),
        For<FakeQuantize>(QuantizationWriter.Write),

        // Channels are axis 1 in ONNX's order and the last one in [batch, features].
        For<Softmax>((node, _) => node.Finish("Softmax", node.Inputs, Int("axis", 1))),

        For<BatchNorm>(NormWriter.WriteBatch),
        For<BatchRenorm>(NormWriter.WriteBatch),
        For<GhostBatchNorm>(NormWriter.WriteBatch),
        For<SyncBatchNorm>(NormWriter.WriteBatch),
        For<InstanceNorm>(NormWriter.WriteInstance),
        For<GroupNorm>(NormWriter.WriteGroup),
        For<LayerNorm>(NormWriter.WriteLayer),
        For<RmsNorm>(NormWriter.WriteRms),
        For<LocalResponseNorm>(NormWriter.WriteLocalResponse),
        For<FilterResponseNorm>(NormWriter.WriteFilterResponse),
        For<IbnNorm>(NormWriter.WriteHalves),
        For<AdaptiveInstanceNorm>(NormWriter.WriteAdaptive),
        For<SwitchableNorm>(NormWriter.WriteSwitchable),
    ]);

    private static readonly Dictionary<ActivationFunction, Action<NodeWriter>> Functions = new()
    {
        [ActivationFunction.Relu] = node => node.Finish("Relu", node.Inputs),
        [ActivationFunction.Relu6] = node => node.Finish("Clip", [node.Input, node.Number(0), node.Number(6)]),
        [ActivationFunction.Sigmoid] = node => node.Finish("Sigmoid", node.Inputs),
        [ActivationFunction.HardSigmoid] = node => node.Finish("HardSigmoid", node.Inputs, Float("alpha", 1f / 6), Float("beta", 0.5f)),
        [ActivationFunction.HardSwish] = node => node.Finish("HardSwish", node.Inputs),
        [ActivationFunction.Silu] = node => node.Finish("Mul", [node.Input, node.Add("Sigmoid", "sigmoid", node.Inputs)]),
    };

    /// <summary>The operations that are written.</summary>
    public static IEnumerable<Type> Known => Writers.Keys;

    /// <summary>The activation functions that are written; the identity is none, since it takes no node.</summary>
    public static IEnumerable<ActivationFunction> KnownFunctions => Functions.Keys;

    public static void Write(GraphWriter writer, Node node)
    {
        if (!Writers.TryGetValue(node.Operation.GetType(), out Action<NodeWriter>? write)) throw Unknown(node);
        write(new NodeWriter(writer, node));
    }

    private static KeyValuePair<Type, Action<NodeWriter>> For<T>(Action<NodeWriter, T> write)
        where T : Operation => new(typeof(T), node => write(node, (T)node.Node.Operation));

    private static void WriteActivation(NodeWriter node, Activation activation)
    {
        if (!Functions.TryGetValue(activation.Function, out Action<NodeWriter>? write)) throw Unknown(node.Node);
        write(node);
    }

    private static OnnxException Unknown(Node node) => new($"Node '{node.Name}' ({node.Operation.Label}) has no form in ONNX yet, so the network cannot be exported.");
}
