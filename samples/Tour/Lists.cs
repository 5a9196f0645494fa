using Graft.Vision;

namespace Tour;

internal static class Lists
{
    public static void Run()
    {
        using ImageRegressor regressor = ImageRegressor.Train("houses.csv");
        Console.WriteLine(regressor.Training);
        PredictedValue price = regressor.Predict("house.jpg")[0];
        Console.WriteLine($"{price.Value:N0}, from {price.Low:N0} to {price.High:N0}");
    }
}
