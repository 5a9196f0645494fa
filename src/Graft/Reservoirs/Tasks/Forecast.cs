using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>A forecast with its interval.</summary>
/// <param name="Value">[steps, targets].</param>
/// <param name="Low">[steps, targets]: the lower ends of the intervals.</param>
/// <param name="High">[steps, targets]: the upper ends of the intervals.</param>
public sealed record Forecast(Matrix Value, Matrix Low, Matrix High);

/// <summary>How good forecasts were on a part of the history that the network had not been fitted on.</summary>
/// <param name="Nrmse">The root mean squared error over all origins and steps ahead, in standard deviations of the target in that part; the mean over the targets. NaN where the target is constant there and missed.</param>
/// <param name="NrmseByStep">The same for each step ahead.</param>
/// <param name="ByTarget">The errors of each target by itself, in the order of the targets.</param>
/// <param name="LastValueNrmse">The same for the forecast that nothing changes.</param>
/// <param name="SeasonalNrmse">The same for the forecast that the last season repeats; NaN where there is no season.</param>
/// <param name="Coverage">The part of the truth in that part that lies within the intervals. They come from the same errors, so that it is near the coverage asked for by construction.</param>
/// <param name="Origins">How many origins were forecast from.</param>
/// <param name="FirstRow">The first row of that part.</param>
/// <param name="Missing">How many values are missing from the whole history.</param>
public sealed record ForecastValidation(
    double Nrmse, IReadOnlyList<double> NrmseByStep, IReadOnlyList<ForecastErrors> ByTarget, double LastValueNrmse, double SeasonalNrmse, double Coverage, int Origins, int FirstRow, int Missing);

/// <summary>The root mean squared errors of forecasts of one target, in its standard deviations.</summary>
/// <param name="Nrmse">Of the forecaster.</param>
/// <param name="LastValueNrmse">Of the forecast that nothing changes.</param>
/// <param name="SeasonalNrmse">Of the forecast that the last season repeats; NaN where there is no season.</param>
public sealed record ForecastErrors(double Nrmse, double LastValueNrmse, double SeasonalNrmse);
