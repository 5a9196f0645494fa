using Graft;
using Graft.Vision.Pruning;

namespace Tour;

internal static class Prune
{
    public static void Run()
    {
        PruneResult result = Pruner.Prune(Model.Load("flowers.graft"), "flowers", new PrunerOptions { MultiplyAdds = 0.7 });
        Console.WriteLine(result);
        result.Model.Save("pruned.graft");
    }
}
