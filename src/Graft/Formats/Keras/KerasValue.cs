using System.Collections.Immutable;
using Graft.Activations;
using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>A value while a Keras model is read.</summary>
/// <param name="Name">The node or input that computes it.</param>
/// <param name="Shape">Its shape at batch 1.</param>
/// <param name="Zeros">Zeros that a ZeroPadding2D put around it, and that the next convolution takes over.</param>
internal sealed record KerasValue(string Name, Shape Shape, Padding Zeros = default)
{
    /// <summary>What is still to be computed of it; null is nothing.</summary>
    public KerasStep? Step { get; init; }

    /// <summary>Whether it is the image as it enters the network: what comes before is the preprocessing.</summary>
    public bool IsPrepared { get; init; }
}

/// <summary>
/// function(factor x + offset), which layers have said and no node computes yet: of pixels it is the model's preprocessing, of other values it may be a part of an activation that Keras writes as several layers.
/// </summary>
/// <param name="Layer">The last of these layers.</param>
/// <param name="Factor">One for all channels, or one for each.</param>
/// <param name="Offset">One for all channels, or one for each.</param>
/// <param name="Function">The function; null is none.</param>
internal sealed record KerasStep(string Layer, ImmutableArray<float> Factor, ImmutableArray<float> Offset, ActivationFunction? Function = null)
{
    /// <summary>Whether it is function(x + offset).</summary>
    public bool Is(ActivationFunction? function, float offset) => Function == function && Factor is [1] && Offset is [var only] && only == offset;
}

/// <summary>How a Keras variable becomes one of our weights.</summary>
internal enum KerasLayout
{
    /// <summary>As it is.</summary>
    Vector,

    /// <summary>[height, width, in, out] to [out, in, height, width].</summary>
    Convolution,

    /// <summary>[height, width, channels, multiplier] to [channels multiplier, 1, height, width].</summary>
    Depthwise,

    /// <summary>[in, out], or [1, 1, in, out], to [out, in].</summary>
    Dense,
}

/// <summary>A layer, by all that files call it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Group">The outermost model below the whole one that it is in, or itself: what Keras' HDF5 files group weights by.</param>
/// <param name="Path">The classes of the models that it is in and its own, each with its number among those of its class: what Keras 3 finds weights by.</param>
internal sealed record KerasLayerName(string Name, string Group, string Path);

/// <summary>A variable of a layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Name">Its name, for example <c>kernel</c>.</param>
/// <param name="Place">Its number among those of its layer.</param>
internal sealed record KerasVariable(KerasLayerName Layer, string Name, int Place)
{
    /// <summary>What Keras 3 calls the kernel of a depthwise convolution.</summary>
    public string? OtherName => Name == "depthwise_kernel" ? "kernel" : null;
}

/// <summary>Where one of our weights comes from.</summary>
/// <param name="Node">The node that owns it.</param>
/// <param name="Parameter">Its name within the node.</param>
/// <param name="Variable">The layer's variable; null for a constant that Keras leaves out.</param>
/// <param name="Layout">How the axes move.</param>
internal sealed record KerasWeight(string Node, string Parameter, KerasVariable? Variable, KerasLayout Layout = KerasLayout.Vector)
{
    /// <summary>The values that Keras leaves out: one for all elements, or one for each.</summary>
    public ImmutableArray<float> Constant { get; init; } = [0];
}
