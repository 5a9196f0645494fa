using System.Runtime.CompilerServices;

namespace Graft.Training.Schedules;

/// <summary>A learning rate for every step: a function of the step alone, so that a resumed run takes the same rates.</summary>
public abstract record Schedule
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The number of steps before it: 0 for the first. After its last step a schedule stays where it ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public double Rate(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return At(step);
    }

    /// <summary>The learning rate of a step that is not negative.</summary>
    /// <param name="step">The number of steps before it.</param>
    protected abstract double At(long step);

    private protected static double Positive(double value, [CallerMemberName] string name = "") => value > 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"{name} is a finite number above zero, not {value}.");

    private protected static double NotNegative(double value, [CallerMemberName] string name = "") => value >= 0 && double.IsFinite(value)
        ? value
        : throw new GraftException($"{name} is a finite number of at least zero, not {value}.");

    private protected static long Positive(long value, [CallerMemberName] string name = "") => value > 0
        ? value
        : throw new GraftException($"{name} is at least 1, not {value}.");

    /// <summary>From one rate to another along half a cosine; <paramref name="part"/> in [0, 1].</summary>
    private protected static double HalfCosine(double from, double to, double part) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * part)));
}
