using Graft.Reservoirs.Tasks;

namespace Tour;

internal static class Series
{
    public static void Run()
    {
        double[] sales = [.. File.ReadLines("sales.txt").Select(double.Parse)];
        Forecaster forecaster = Forecaster.Fit(sales, horizon: 12);
        foreach (ForecastRow month in forecaster.Forecast().Rows())
        {
            Console.WriteLine($"{month.Value:0.0}, from {month.Low:0.0} to {month.High:0.0}");
        }
    }
}
