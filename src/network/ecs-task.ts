import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

/** A task of ECS in network mode awsvpc: one interface is its own. What it says is what records print of it (the
 * fields ecs-…). Its id is its ARN. */
export interface EcsTask extends Resource {
  readonly region: string;
  readonly interfaceId: string;
  readonly taskId: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  /** None of a task that no service started. */
  readonly serviceName: string | undefined;
  readonly taskDefinitionArn: string | undefined;
  /** None on Fargate. */
  readonly containerInstanceArn: string | undefined;
  readonly containerInstanceId: string | undefined;
  /** As the container runtime names them. */
  readonly containerIds: readonly string[];
}

export const NAME = '[A-Za-z0-9_-]{1,255}';
/** Short, as all that goes into a line is: aws, aws-cn, aws-us-gov, aws-iso-b. */
export const PARTITION = 'aws[a-z-]{0,16}';

export const INSTANCE = new RegExp(
  `^(arn:${PARTITION}:ecs:[a-z][a-z0-9-]{0,62}:[0-9]{12}):container-instance/(${NAME})/([0-9a-f]{32}|[0-9a-f-]{36})$`,
);

export const DEFINITION = new RegExp(
  `^(arn:${PARTITION}:ecs:[a-z][a-z0-9-]{0,62}:[0-9]{12}):task-definition/${NAME}:[1-9][0-9]{0,9}$`,
);

/** All ARNs of one account, region and cluster; the interface is there, in the region. */
export function checkEcsTasks(checking: Checking): void {
  const { report } = checking;
  for (const it of checking.parts.ecsTasks) {
    const place = it.clusterArn.split(':cluster/')[0]!;
    const definition = it.taskDefinitionArn;
    if (definition !== undefined && DEFINITION.exec(definition)?.[1] !== place) {
      report(it, ['taskDefinition'], `it is of another account or region than the task (${place})`);
    }
    const instance = it.containerInstanceArn;
    if (instance !== undefined) {
      const [, home, cluster] = INSTANCE.exec(instance) ?? [];
      if (home !== place || cluster !== it.clusterName) {
        report(it, ['containerInstance'], `it is of another cluster than the task (${it.clusterArn})`);
      }
    }
    if (!checking.exists(it, ['interface'], it.interfaceId)) continue;
    const vpcId = checking.vpcOf(it.interfaceId);
    const region = vpcId === undefined ? undefined : checking.find('vpcs', vpcId)?.region;
    if (region === undefined || region === it.region) continue;
    report(it, ['interface'], `${it.interfaceId} is in ${region}, the task in ${it.region}`);
  }
}
