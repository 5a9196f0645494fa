using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Pooling over a square window.</summary>
public sealed record Pool2d : Operation
{
    /// <summary>Makes a pooling.</summary>
    /// <param name="function">What a window gives.</param>
    /// <param name="kernel">The side of the window.</param>
    public Pool2d(PoolFunction function, int kernel) => (Function, Kernel) = (function, kernel);

    /// <summary>What a window gives.</summary>
    public PoolFunction Function { get; init; }

    /// <summary>The side of the window.</summary>
    public int Kernel { get; init => field = Require.Positive(value, nameof(Kernel)); }

    /// <summary>The step between windows.</summary>
    public int Stride { get; init => field = Require.Positive(value, nameof(Stride)); } = 1;

    /// <summary>The border around the image; at most half the window.</summary>
    public Padding Padding { get; init; }

    /// <inheritdoc/>
    public override string Label => $"{(Function == PoolFunction.Max ? "max" : "average")} pool {Kernel}x{Kernel}{(Stride > 1 ? $" /{Stride}" : "")}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = Image(inputs[0], Label);
        int largest = Math.Max(Math.Max(Padding.Top, Padding.Bottom), Math.Max(Padding.Left, Padding.Right));
        if (2 * largest > Kernel) throw new NetworkException($"Pooling takes a padding of at most half its window of {Kernel}, not {Padding}.");
        (int height, int width) = Window.Output(input, Kernel, Stride, dilation: 1, Padding);
        return [input[0], height, width, input[3]];
    }
}
