using System.Collections.Immutable;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>A node as its operation's scalar reference computes it, forward and backward.</summary>
internal sealed class ReferenceNode
{
    private readonly Dictionary<string, Tensor> gradients = [];

    /// <summary>The values that it takes, of a whole batch.</summary>
    public required ImmutableArray<Tensor> Inputs { get; init; }

    /// <summary>Its value, which the forward fills.</summary>
    public required Tensor Output { get; init; }

    /// <summary>Its weights and buffers by name; a training moves the buffers.</summary>
    public required Func<string, Tensor> Weight { get; init; }

    /// <summary>Whether what is random is drawn and what is kept of batches moves.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Whether it normalizes by the statistics of the batch.</summary>
    public bool UsesBatch { get; init; }

    /// <summary>The seed of what is random.</summary>
    public ulong Seed { get; init; }

    /// <summary>The step of the training.</summary>
    public ulong Step { get; init; }

    /// <summary>The node's number, for what is random.</summary>
    public ulong Number { get; init; }

    /// <summary>The gradient of its value, for the backward.</summary>
    public Tensor? OutputGradient { get; set; }

    /// <summary>The gradients of its inputs, zeros which the backward fills.</summary>
    public ImmutableArray<Tensor> InputGradients { get; set; } = [];

    /// <summary>What a forward keeps for its backward.</summary>
    public object? State { get; set; }

    /// <summary>The gradients of its parameters, after the backward.</summary>
    public IReadOnlyDictionary<string, Tensor> Gradients => gradients;

    /// <summary>The shape of the first input.</summary>
    public Shape Shape => Inputs[0].Shape;

    /// <summary>The images of the batch.</summary>
    public int Batch => Shape[0];

    /// <summary>The channels of the first input.</summary>
    public int Channels => Shape[^1];

    /// <summary>The rows of channels of the first input, of all images.</summary>
    public int Rows => Channels == 0 ? 0 : (int)(Shape.Count / Channels);

    /// <summary>The pixels of an image of the first input.</summary>
    public int Pixels => Batch == 0 ? 0 : Rows / Batch;

    /// <summary>The first input.</summary>
    public ReadOnlySpan<float> X => Inputs[0].Span;

    /// <summary>The value.</summary>
    public Span<float> Y => Output.Span;

    /// <summary>The gradient of the value.</summary>
    public ReadOnlySpan<float> Dy => OutputGradient!.Span;

    /// <summary>The gradient of the first input.</summary>
    public Span<float> Dx => InputGradients[0].Span;

    /// <summary>A weight, or nothing where it does not exist.</summary>
    public ReadOnlySpan<float> WeightIf(bool exists, string name) => exists ? Weight(name).Span : default;

    /// <summary>Where the gradient of a parameter goes; nothing where it does not exist.</summary>
    public Span<float> Gradient(string name, bool exists = true)
    {
        if (!exists) return default;
        if (!gradients.TryGetValue(name, out Tensor? gradient)) gradients.Add(name, gradient = new Tensor(Weight(name).Shape));
        return gradient.Span;
    }
}
