namespace Graft.Vision.Samples;

/// <summary>The styles that <see cref="SampleStyles"/> draws.</summary>
internal enum StyleKind
{
    /// <summary>Thick strokes that follow a swirling flow, blue and yellow.</summary>
    Strokes,

    /// <summary>Tiles of warm colours with dark joints.</summary>
    Mosaic,

    /// <summary>Bold bands of few colours with black outlines, like a woodcut's waves.</summary>
    Waves,
}
