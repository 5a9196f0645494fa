using System.Collections.Concurrent;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;

namespace Graft.Activations;

/// <summary>A function of one number that a network applies to every element. Each stands in a file of its own, with its formula and its derivative.</summary>
public abstract unsafe partial class ActivationFunction : IElementwise
{
    // So that a name finds all functions, whichever of them was looked at before.
    static ActivationFunction()
    {
    }

    // Without a name, of which there are many and which stand in no file.
    private protected ActivationFunction() => Name = "";

    private protected ActivationFunction(string name)
    {
        Name = name;
        if (!Known.ByName.TryAdd(name, this)) throw new ArgumentException($"There are two activation functions '{name}'.", nameof(name));
    }

    /// <summary>All functions, in the order of their names.</summary>
    public static IReadOnlyList<ActivationFunction> All => [.. Known.ByName.Values.OrderBy(function => function.Name, StringComparer.Ordinal)];

    /// <summary>Its name, for example <c>hard_swish</c>: it stands in files.</summary>
    public string Name { get; }

    /// <summary>The bounds, where the function only cuts off what is below or above them, so that a kernel's last step can compute it; null where it does more.</summary>
    internal Clamp? Clamp { get; init; }

    /// <summary>Where its slope jumps.</summary>
    internal IReadOnlyList<double> Kinks { get; init; } = [];

    /// <summary>The function of a name; null if there is none.</summary>
    /// <param name="name">The name, as <see cref="Name"/> gives it.</param>
    public static ActivationFunction? Find(string name) => Known.ByName.GetValueOrDefault(name);

    /// <summary>The function of a number.</summary>
    /// <param name="x">The number.</param>
    public abstract double Apply(double x);

    /// <summary>The slope at a number.</summary>
    /// <param name="x">The number.</param>
    public abstract double Derivative(double x);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>The formula for every element, in float64: what every kernel is tested against.</summary>
    internal void Reference(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++) y[i] = (float)Apply(x[i]);
    }

    /// <summary>dx += f'(x) dy for every element, in float64.</summary>
    internal void BackwardReference(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        for (int i = 0; i < x.Length; i++) dx[i] = (float)(Derivative(x[i]) * dy[i]);
    }

    /// <summary>y = f(x), <see cref="ActivationKernel"/>.</summary>
    internal abstract void Run(int count, float* x, float* y);

    /// <summary>The same over rows, in place.</summary>
    internal abstract void Run(int rows, int channels, StridedRows values);

    /// <summary>Hands a gradient back through the function, <see cref="GradientSumKernel"/>.</summary>
    internal abstract void Sum(in GradientSum call);

    void IElementwise.Run(int rows, int channels, StridedRows values) => Run(rows, channels, values);

    private static class Known
    {
        public static readonly ConcurrentDictionary<string, ActivationFunction> ByName = new();
    }
}

/// <summary>An activation function of a formula.</summary>
/// <typeparam name="TFormula">The formula.</typeparam>
/// <param name="name">The name in files.</param>
internal sealed unsafe class ActivationFunction<TFormula>(string name) : ActivationFunction(name)
    where TFormula : struct, IActivation
{
    /// <inheritdoc/>
    public override double Apply(double x) => TFormula.Apply(x);

    /// <inheritdoc/>
    public override double Derivative(double x) => TFormula.Derivative(x);

    internal override void Run(int count, float* x, float* y) => ActivationKernel.Run<TFormula>(count, x, y);

    internal override void Run(int rows, int channels, StridedRows values) => ActivationKernel.InPlace<TFormula>(rows, channels, values);

    internal override void Sum(in GradientSum call) => GradientSumKernel.RunThrough<TFormula>(call);
}
