using Graft.Tensors;

namespace Graft.Operations;

/// <summary>A named array that an operation owns.</summary>
/// <param name="Name">Its name within the node, for example <c>weight</c> or <c>running_mean</c>.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Initial">What it holds before training.</param>
/// <param name="IsBuffer">Whether it is a statistic that no gradient reaches.</param>
public sealed record Parameter(string Name, Shape Shape, Initializer Initial, bool IsBuffer = false);

/// <summary>How a parameter is filled before training: a constant plus noise.</summary>
/// <param name="Constant">The value when there is no noise, and the centre of the noise.</param>
/// <param name="NormalDeviation">The standard deviation of normal noise, 0 for none.</param>
/// <param name="UniformRange">The half width of uniform noise, 0 for none.</param>
public readonly record struct Initializer(float Constant, float NormalDeviation = 0, float UniformRange = 0)
{
    /// <summary>Zeros.</summary>
    public static Initializer Zeros => new(0);

    /// <summary>Ones.</summary>
    public static Initializer Ones => new(1);
}
