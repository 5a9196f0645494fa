using Graft;
using Graft.Formats;
using Graft.Formats.Keras;

namespace Tour;

internal static class Exporting
{
    public static void Run()
    {
        Model model = Model.Load("flowers.graft");
        TfjsExporter.Export(model, "web");
        StateDictionaryExporter.Export(model, "flowers.safetensors", WeightNames.Timm);
    }
}
