namespace Graft.Formats;

/// <summary>What a <c>.graft</c> file for series holds.</summary>
internal enum SeriesFileKind
{
    /// <summary>A forecaster: <see cref="SeriesFile.LoadForecaster(string)"/>.</summary>
    Forecaster,

    /// <summary>An echo state network: <see cref="SeriesFile.LoadNetwork(string)"/>.</summary>
    Network,
}
