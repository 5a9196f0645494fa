using System.Collections.Immutable;

namespace Graft.Studies.Output;

/// <summary>A panel of a plot: every series of one measure, means with the least and the greatest over the seeds.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Title">What the panel shows.</param>
/// <param name="XLabel">The horizontal axis.</param>
/// <param name="YLabel">The vertical axis.</param>
internal sealed record Chart(string Measure, string Title, string XLabel, string YLabel)
{
    /// <summary>Whether the horizontal axis is logarithmic; its ticks are then the values measured at.</summary>
    public bool IsXLogarithmic { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool IsYLogarithmic { get; init; }

    /// <summary>Whether values are fractions, to be shown in percent.</summary>
    public bool IsPercent { get; init; }

    /// <summary>Names of the values on the horizontal axis, where these only count.</summary>
    public IReadOnlyDictionary<double, string>? XNames { get; init; }

    /// <summary>Where a logarithmic horizontal axis has ticks, if not at the values measured at.</summary>
    public ImmutableArray<double> XTicks { get; init; } = [];

    /// <summary>Whether series are lines; otherwise points.</summary>
    public bool HasLines { get; init; } = true;

    /// <summary>Whether the numbers are printed as a table too: not where there are hundreds.</summary>
    public bool HasTable { get; init; } = true;

    /// <summary>Whether it is drawn; otherwise it is only a table.</summary>
    public bool IsDrawn { get; init; } = true;

    /// <summary>The vertical axis' ends; null to fit.</summary>
    public (double Low, double High)? YRange { get; init; }
}
