using Graft.Operations;
using System.Collections.Immutable;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations.Normalization;
using Graft.Normalization;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Compiles a step.</summary>
internal static class RunnerFactory
{
    /// <summary>Makes the runner of a step.</summary>
    /// <param name="network">Where the weights are.</param>
    /// <param name="step">The step.</param>
    /// <param name="inputs">The numbers of the values that it takes.</param>
    /// <param name="output">The number of the value that it computes.</param>
    /// <param name="shared">The number of its shared memory.</param>
    /// <param name="block">Where packed weights go.</param>
    public static Runner Make(Network network, Step step, ImmutableArray<int> inputs, int output, int shared, WeightBlock block)
    {
        IReadOnlyDictionary<string, Shape> shapes = network.Graph.Shapes;
        return step switch
        {
            ConvolutionStep s => new ConvolutionRunner(network, s.Layer, shapes[s.Layer.Input], block) { Inputs = inputs, Output = output, Shared = shared },
            GroupedStep s => new GroupedRunner(network, s.Layer, shapes[s.Layer.Input]) { Inputs = inputs, Output = output, Shared = shared },
            InvertedResidualStep s => new InvertedResidualRunner(network, s, shapes[s.Inputs[0]], block) { Inputs = inputs, Output = output, Shared = shared },
            DenseStep s => new DenseRunner(network, s.Layer, block) { Inputs = inputs, Output = output, Shared = shared },
            PictureNormStep s => new PictureNormRunner(network, s, shapes) { Inputs = inputs, Output = output, Shared = shared },
            OperationStep s when PixelRule.Knows(s.Node.Operation) => new PixelNormRunner(network, s.Node, shapes[s.Takes[0]]) { Inputs = inputs, Output = output, Shared = shared },
            OperationStep s when OperationRunner.Knows(s.Node.Operation) =>
                new OperationRunner(network, s.Node, shapes[s.Takes[0]], shapes[s.Output]) { Inputs = inputs, Output = output, Shared = shared },
            OperationStep { Node.Operation: BatchStatisticsNorm } s => throw new InferenceException(
                $"Node '{s.Node.Name}' ({s.Node.Operation.Label}) has no running statistics and normalizes by those of its batch, and an inference plan looks at one picture at a time. Give it running statistics, or compute the outputs with the forward of a training plan."),
            OperationStep s => throw new InferenceException($"An inference plan cannot run node '{s.Node.Name}': it does not know the operation '{s.Node.Operation.Label}'."),
            _ => throw new InvalidOperationException($"There is no runner for {step}."),
        };
    }
}
