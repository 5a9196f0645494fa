using Graft;
using Graft.Vision;
using Graft.Vision.Adaptation;

namespace Tour;

internal static class Adapt
{
    public static void Run()
    {
        AdaptationResult result = StatisticsAdapter.Adapt(Model.Load("flowers.graft"), ImageDataset.FromUnlabelledFolder("flowers"));
        Console.WriteLine(result);
        result.Model.Save("adapted.graft");
    }
}
