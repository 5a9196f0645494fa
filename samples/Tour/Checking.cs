using Graft.Reports;
using Graft.Vision;
using Graft.Vision.Checking;

namespace Tour;

internal static class Checking
{
    public static void Run()
    {
        CheckResult result = FolderCheck.Run("flowers");
        Console.WriteLine($"{result.Images.Count} images: {result.Near.Count} copies, {result.Suspects.Count} labels worth a look, {result.Blurred.Count} blurred");
        foreach (LabelSuspect suspect in result.Suspects)
        {
            Console.WriteLine($"{suspect.Image.Name} is rather {suspect.Suggested} ({suspect.Score:P0})");
        }

        CheckReport.Of(result).Save("check.html");
        ExcludeList.Write("leave-out.csv", ExcludeList.Of(result));

        ImageDataset rest = ImageDataset.From("flowers").Without(ExcludeList.Read("leave-out.csv"));
        Console.WriteLine($"{rest.Items.Count} are left");
    }
}
