using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Inference;

/// <summary>Runs a network node by node through the scalar references: slow, and the truth that every other plan is tested against.</summary>
internal static class ReferencePlan
{
    /// <summary>Computes every output of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">An image <c>[batch, height, width, channels]</c> for every input, by name, all of one batch size.</param>
    /// <returns>The outputs by name.</returns>
    /// <exception cref="NetworkException">An input is missing or has another shape.</exception>
    public static IReadOnlyDictionary<string, Tensor> Run(Network network, IReadOnlyDictionary<string, Tensor> inputs)
    {
        IReadOnlyDictionary<string, Tensor> values = Values(network, inputs);
        return network.Graph.Outputs.ToDictionary(output => output.Name, output => values[output.Value]);
    }

    /// <summary>Computes the value of every node.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">An image <c>[batch, height, width, channels]</c> for every input, by name, all of one batch size.</param>
    /// <returns>The inputs and the nodes' values by name.</returns>
    /// <exception cref="NetworkException">An input is missing or has another shape.</exception>
    public static IReadOnlyDictionary<string, Tensor> Values(Network network, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> values = [];
        int batch = -1;
        foreach (NetworkInput input in network.Graph.Inputs)
        {
            if (!inputs.TryGetValue(input.Name, out Tensor? value))
                throw new NetworkException($"Network '{network.Graph.Architecture}' takes an input '{input.Name}', which was not given.");
            if (batch < 0 && value.Shape.Rank > 0) batch = value.Shape[0];
            Shape expected = [Math.Max(batch, 0), input.Height, input.Width, input.Channels];
            if (value.Shape != expected)
                throw new NetworkException($"Input '{input.Name}' of network '{network.Graph.Architecture}' must have the shape {expected}, not {value.Shape}.");
            values.Add(input.Name, value);
        }

        foreach (Node node in network.Graph.Nodes)
        {
            Tensor[] taken = [.. node.Inputs.Select(name => values[name])];
            Tensor result = new(node.Operation.OutputShape([.. taken.Select(tensor => tensor.Shape)]));
            Compute(network, node, taken, result);
            values.Add(node.Name, result);
        }

        return values;
    }

    private static void Compute(Network network, Node node, Tensor[] taken, Tensor result)
    {
        Tensor input = taken[0];
        Shape shape = input.Shape;
        ReadOnlySpan<float> x = input.Span;
        Span<float> y = result.Span;
        switch (node.Operation)
        {
            case Conv2d conv:
                ConvolutionKernel.Reference(WindowGeometry.Of(conv, shape), x, ConvolutionWeights(network, node, conv), conv.HasBias ? Weight("bias") : default, y);
                break;
            case Dense dense:
                DenseKernel.Reference(shape[0], shape[1], dense.Outputs, x, Weight("weight"), dense.HasBias ? Weight("bias") : default, y);
                break;
            case BatchStatisticsNorm norm:
                Normalize(network, node, norm, x, y, Rows(shape), shape[^1]);
                break;
            case InstanceNorm or GroupNorm or InstanceBatchNorm or LayerNorm or RmsNorm or LocalResponseNorm or FilterResponseNorm or AdaptiveInstanceNorm or SwitchableNorm:
                NormReferences.Run(network, node, taken, y);
                break;
            case Activation activation:
                ActivationKernel.Reference(activation.Function, x, y);
                break;
            case Add:
                AddKernel.Reference(x, taken[1].Span, y);
                break;
            case GlobalAveragePool:
                GlobalAveragePoolKernel.Reference(shape[0], shape[1] * shape[2], shape[3], x, y);
                break;
            case Pool2d pool:
                PoolKernel.Reference(WindowGeometry.Of(pool, shape), pool.Function, x, y);
                break;
            case Softmax:
                SoftmaxKernel.Reference(Rows(shape), shape[^1], x, y);
                break;
            case Resize resize:
                ResizeKernel.Reference(ResizeGeometry.Of(resize, shape), shape[0], x, y);
                break;
            case Dropout:
                x.CopyTo(y);
                break;
            default:
                throw new NetworkException($"The reference plan cannot compute node '{node.Name}': it does not know the operation '{node.Operation.Label}'.");
        }

        ReadOnlySpan<float> Weight(string name) => network.Weight(node, name).Span;
    }

    private static ReadOnlySpan<float> ConvolutionWeights(Network network, Node node, Conv2d convolution)
    {
        ReadOnlySpan<float> weight = network.Weight(node, "weight").Span;
        if (!convolution.StandardizeWeight) return weight;
        float[] standardized = new float[weight.Length];
        WeightStandardizationKernel.Reference(convolution.StandardizationEpsilon, convolution.Outputs, weight, standardized);
        return standardized;
    }

    private static void Normalize(Network network, Node node, BatchStatisticsNorm norm, ReadOnlySpan<float> x, Span<float> y, int rows, int channels)
    {
        float[] ones = new float[channels], zeros = new float[channels];
        Array.Fill(ones, 1);
        ReadOnlySpan<float> weight = norm.IsAffine ? network.Weight(node, "weight").Span : ones, bias = norm.IsAffine ? network.Weight(node, "bias").Span : zeros;
        if (ChannelNorm.Has(node))
            BatchNormKernel.Reference(rows, channels, norm.Epsilon, x, weight, bias, network.Weight(node, "running_mean").Span, network.Weight(node, "running_var").Span, y);
        else BatchNormKernel.TrainReference(rows, channels, norm.Epsilon, 0, x, weight, bias, new float[channels], new float[channels], y);
    }

    /// <summary>The product of all extents but the last.</summary>
    private static int Rows(Shape shape) => shape[^1] == 0 ? 0 : (int)(shape.Count / shape[^1]);
}
