using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>What has been made of a Keras model so far: nodes, where their weights are, and what is done to pixels before the first of them.</summary>
internal sealed class KerasNodes
{
    // A variance of 1 - epsilon, so that the deviation is 1.
    private const float Epsilon = 1e-5f;

    private readonly FreshNames names = new([KerasTopology.InputName]);
    // By the step itself: models in a model may have layers of one name.
    private readonly Dictionary<KerasStep, KerasValue> computed = new(ReferenceEqualityComparer.Instance);
    private bool isInputTaken;

    public List<Node> All { get; } = [];

    public List<KerasWeight> Weights { get; } = [];

    /// <summary>What is done to pixels; null where the model does not say it.</summary>
    public KerasStep? Pixels { get; private set; }

    /// <summary>Adds a node.</summary>
    /// <param name="name">The name that it would like: models within each other may have layers of one name.</param>
    /// <param name="operation">What it computes.</param>
    /// <param name="takes">The values that it takes.</param>
    public KerasValue Push(string name, Operation operation, params ReadOnlySpan<KerasValue> takes)
    {
        Shape[] shapes = new Shape[takes.Length];
        string[] taken = new string[takes.Length];
        for (int i = 0; i < takes.Length; i++) (shapes[i], taken[i]) = (takes[i].Shape, takes[i].Name);
        name = names.Take(name);
        All.Add(new Node(name, operation, [.. taken]));
        return new KerasValue(name, operation.OutputShape(shapes));
    }

    /// <summary>A value with nothing left to compute of it. What was left of pixels is the preprocessing, the same for whoever takes them.</summary>
    /// <param name="value">The value.</param>
    /// <param name="layer">Who takes it, for errors.</param>
    public KerasValue Computed(KerasValue value, KerasLayer layer)
    {
        if (value.Step is null && (value.IsPrepared || value.Name != KerasTopology.InputName)) return value;
        if (value.Name == KerasTopology.InputName && !value.IsPrepared)
        {
            KerasStep? step = value.Step is { Function: null } ? value.Step : null;
            Prepare(step, layer);
            value = value with { Step = step is null ? value.Step : null, IsPrepared = true };
        }

        if (value.Step is not { } left) return value;
        if (computed.TryGetValue(left, out KerasValue? known)) return known;
        if (value.Zeros != Padding.None) throw layer.Error("takes a padded value, which is not read.");
        KerasValue result = left.Factor is [1] && left.Offset is [0] ? value with { Step = null } : Affine(left.Function is null ? left.Layer : $"{left.Layer}.scale", value, left.Factor, left.Offset);
        if (left.Function is { } function) result = Push(left.Layer, new Activation(function), result);
        computed.Add(left, result);
        return result;
    }

    private void Prepare(KerasStep? step, KerasLayer layer)
    {
        if (isInputTaken && !IsSame(Pixels, step)) throw layer.Error("takes pixels that are prepared otherwise than for a layer before it; models that prepare them once are read.");
        if (step?.Factor.FirstOrDefault(factor => !(factor > 0), 1) is { } factor and not > 0) throw layer.Error($"takes pixels that {WeightFileException.Quote(step.Layer)} multiplies by {factor}; only numbers over 0 are read.");
        (isInputTaken, Pixels) = (true, step);
    }

    /// <summary>Adds y = factor x + offset, a number for each channel or one for all, as a normalization of fixed statistics.</summary>
    public KerasValue Affine(string name, KerasValue x, ImmutableArray<float> factor, ImmutableArray<float> offset)
    {
        KerasValue y = Push(name, new BatchNorm { Epsilon = Epsilon }, x with { Step = null });
        Weights.Add(new KerasWeight(y.Name, "weight", null) { Constant = factor });
        Weights.Add(new KerasWeight(y.Name, "bias", null) { Constant = offset });
        Weights.Add(new KerasWeight(y.Name, "running_mean", null));
        Weights.Add(new KerasWeight(y.Name, "running_var", null) { Constant = [1 - Epsilon] });
        return y;
    }

    /// <summary>The zeros around a value as a node: a convolution of each channel with a single one.</summary>
    public KerasValue Padded(string name, KerasValue x)
    {
        KerasValue y = Push(name, new Conv2d(x.Shape[3], 1) { Groups = x.Shape[3], Padding = x.Zeros }, x);
        Weights.Add(new KerasWeight(y.Name, "weight", null) { Constant = [1] });
        return y;
    }

    private static bool IsSame(KerasStep? one, KerasStep? other) => one is null || other is null ? one == other : one.Factor.SequenceEqual(other.Factor) && one.Offset.SequenceEqual(other.Offset);
}
