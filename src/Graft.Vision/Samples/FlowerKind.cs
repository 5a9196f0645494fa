namespace Graft.Vision.Samples;

/// <summary>The kinds of flowers that <see cref="SampleFlowers"/> draws; the lower-case name is the label.</summary>
public enum FlowerKind
{
    /// <summary>One or two rings of long petals around a small domed disc.</summary>
    Daisy,

    /// <summary>Many narrow rays without a disc, or a ball of seeds on parachutes.</summary>
    Dandelion,

    /// <summary>Broad petals wound around each other.</summary>
    Rose,

    /// <summary>Pointed petals around a large dark disc of seeds.</summary>
    Sunflower,

    /// <summary>Six petals that form a cup on a smooth stem.</summary>
    Tulip,
}
