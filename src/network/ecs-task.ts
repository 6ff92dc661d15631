import { z } from 'zod';
import type { Checking } from './checking.ts';
import { topKind } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { id, tags, text } from './schema-parts.ts';

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

const NAME = '[A-Za-z0-9_-]{1,255}';
const TASK = new RegExp(
  `^(arn:aws[a-z-]*:ecs:([a-z][a-z0-9-]{0,62}):([0-9]{12})):task/(${NAME})/([0-9a-f]{32}|[0-9a-f-]{36})$`,
);
const INSTANCE = new RegExp(
  `^(arn:aws[a-z-]*:ecs:[a-z][a-z0-9-]{0,62}:[0-9]{12}):container-instance/(${NAME})/([0-9a-f]{32}|[0-9a-f-]{36})$`,
);
const DEFINITION = new RegExp(
  `^(arn:aws[a-z-]*:ecs:[a-z][a-z0-9-]{0,62}:[0-9]{12}):task-definition/${NAME}:[1-9][0-9]{0,9}$`,
);
const EXAMPLE = 'arn:aws:ecs:eu-central-1:123456789012';

/** `ecsTasks` of network.yaml. */
export const ecsTaskKind = topKind(
  z.strictObject({
    arn: text(
      (value) => TASK.test(value),
      `is no ARN of a task: write one like ${EXAMPLE}:task/CLUSTER/0123456789abcdef0123456789abcdef`,
    ),
    interface: id('interface'),
    service: text(
      (value) => new RegExp(`^${NAME}$`).test(value),
      'is no service name: up to 255 letters, digits, hyphens and underscores',
    ).optional(),
    taskDefinition: text(
      (value) => DEFINITION.test(value),
      `is no ARN of a task definition: write one like ${EXAMPLE}:task-definition/web:7`,
    ).optional(),
    containerInstance: text(
      (value) => INSTANCE.test(value),
      `is no ARN of a container instance: write one like ${EXAMPLE}:container-instance/CLUSTER/0123456789abcdef0123456789abcdef`,
    ).optional(),
    containers: z
      .array(
        text(
          (value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value),
          'is no container id: up to 128 letters, digits, dots, hyphens and underscores',
        ),
      )
      .default([]),
    tags: tags.default({}),
  }),
  (it, base): EcsTask => {
    const [, place, region, accountId, clusterName, taskId] = TASK.exec(it.arn)!;
    return {
      ...base,
      id: it.arn,
      accountId: accountId!,
      region: region!,
      interfaceId: it.interface,
      taskId: taskId!,
      clusterArn: `${place}:cluster/${clusterName}`,
      clusterName: clusterName!,
      serviceName: it.service,
      taskDefinitionArn: it.taskDefinition,
      containerInstanceArn: it.containerInstance,
      containerInstanceId:
        it.containerInstance === undefined ? undefined : INSTANCE.exec(it.containerInstance)![3]!,
      containerIds: it.containers,
    };
  },
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
