namespace Graft.Vision.Adaptation;

/// <summary>Which statistics of a model are adapted.</summary>
public enum AdaptedStatistics
{
    /// <summary>Those of the pooled features that the head was trained on: every trained classifier, regressor or multi-label model of Graft has them, whatever its trunk.</summary>
    Features,

    /// <summary>Those of the trunk's batch normalizations.</summary>
    Norms,

    /// <summary>First those of the norms, then those of the features that come of them.</summary>
    Both,
}

/// <summary>What people call them.</summary>
internal static class AdaptedStatisticsNames
{
    /// <summary>For the beginning of a sentence.</summary>
    public static string Of(AdaptedStatistics statistics) => statistics switch
    {
        AdaptedStatistics.Features => "Features",
        AdaptedStatistics.Norms => "Norms",
        _ => "Norms and features",
    };
}
