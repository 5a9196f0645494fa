using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Graft.Training.Optimizers;

/// <summary>Which optimizer, as data: the base of <see cref="SgdOptions"/>, <see cref="AdamWOptions"/> and <see cref="LambOptions"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Name")]
[JsonDerivedType(typeof(SgdOptions), "sgd")]
[JsonDerivedType(typeof(AdamWOptions), "adamw")]
[JsonDerivedType(typeof(LambOptions), "lamb")]
public abstract record OptimizerOptions
{
    /// <summary>
    /// The gradient of all weights together is shortened to this length where it is longer, by the factor limit / (length + 1e-6) as in PyTorch. Null: never.
    /// </summary>
    public double? GradientLimit
    {
        get;
        init => field = value is null || (value > 0 && double.IsFinite(value.Value))
            ? value
            : throw new GraftException($"The limit of the gradient's length is a finite number above zero, not {value}. Leave it out for no limit.");
    }

    /// <summary>Makes the optimizer.</summary>
    /// <param name="groups">What it changes.</param>
    /// <param name="threads">How many threads it uses; 0 for one per processor. The results do not depend on it.</param>
    /// <exception cref="GraftException">A weight is in two groups.</exception>
    public abstract Optimizer Create(IReadOnlyList<ParameterGroup> groups, int threads = 0);

    private protected static double Fraction(double value, [CallerMemberName] string name = "") => value is >= 0 and < 1
        ? value
        : throw new GraftException($"{name} is at least 0 and below 1, not {value}.");

    private protected static double Positive(double value, [CallerMemberName] string name = "") => value > 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"{name} is a finite number above zero, not {value}.");
}
