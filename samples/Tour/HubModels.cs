using Graft.Formats;
using Graft.Vision.Hub;

namespace Tour;

internal static class HubModels
{
    public static void Run()
    {
        HubOptions options = HubOptions.FromEnvironment() with { CacheFolder = "models" };
        Imported imported = ModelHub.Load("timm/mobilenetv2_050.lamb_in1k", options);
        Console.WriteLine($"{imported.Model.Network.Graph.Architecture} at {imported.Model.Preprocessing.Resolution}, version {imported.Model.Provenance["revision"][..7]}");
        imported.Model.Save("mobilenetv2_050.graft");
    }
}
