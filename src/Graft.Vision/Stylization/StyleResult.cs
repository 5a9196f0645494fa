namespace Graft.Vision.Stylization;

/// <summary>A trained style: a generator, for a <see cref="Stylizer"/>.</summary>
public sealed record StyleResult : TrainingResult
{
    /// <summary>Its mean losses on images that it did not learn from; null where none were held out.</summary>
    public StyleLosses? HeldOut { get; init; }

    /// <summary>Their weighted sum.</summary>
    public double? HeldOutTotal { get; init; }
}
