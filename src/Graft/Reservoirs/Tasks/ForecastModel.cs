using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>A network with what is around it in a forecaster.</summary>
/// <param name="Roles">What columns are for.</param>
/// <param name="Preparation">What is done to series.</param>
/// <param name="Network">The network: reads the predicted series' differences, then known columns and waves of the next row.</param>
/// <param name="IsDirect">Whether its outputs are all steps ahead: [steps][targets], what is above the naive forecast. Otherwise they are the next differences.</param>
/// <param name="Steps">The most steps ahead of direct forecasts.</param>
/// <param name="Bounds">The differences that predictions are kept within: [2, predicted series].</param>
internal sealed record ForecastModel(SeriesRoles Roles, SeriesPreparation Preparation, EchoStateNetwork Network, bool IsDirect, int Steps, Matrix Bounds);
